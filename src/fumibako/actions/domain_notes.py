"""When mail of hosted domains was last signed, and when it last failed, as the mail filter has noted it."""

from __future__ import annotations

from collections.abc import Sequence

from fumibako.actions import agent_link
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.features.authentication.noted import Noted


def noted(caller: Caller, domains: Sequence[str]) -> dict[str, Noted]:
    """Of each of these domains that the caller may see, asked now; one of which nothing is known is there, too.
    Empty where the agent does not answer."""
    require(caller, "look_at_rows")
    asked = [name for name in domains if caller.domains is None or name in caller.domains]
    told = agent_link.domain_notes(asked) if asked else {}
    return {name: Noted.from_wire(told.get(name, {})) for name in asked} if told is not None else {}

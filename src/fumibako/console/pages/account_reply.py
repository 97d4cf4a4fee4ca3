"""The form of an account's automatic reply: the holder's own, and the administrator's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from fumibako.console.pages.fields import Field, declared_field, typed_text
from fumibako.features.delivery.vacation import Vacation
from fumibako.schema.codec import encode
from fumibako.schema.finding import Finding
from fumibako.schema.option import DeclaredOption, declared
from fumibako.schema.place import Json

FIELD: Final = "vacation"
_OPTIONS: Final[dict[str, DeclaredOption]] = {option.name: option for option in declared(Vacation)}
NAMES: Final = tuple(_OPTIONS)


def reply_of(posted: Mapping[str, str]) -> dict[str, Json]:
    """The reply as the form gives it: a box without its tick is off."""
    return {name: posted.get(name, "") for name in NAMES} | {"enabled": bool(posted.get("enabled"))}


def says_nothing(reply: Mapping[str, Json]) -> bool:
    """Whether there is nothing in it to keep."""
    return not (reply["enabled"] or reply["text"].strip() or reply["subject"].strip())


def reply_fields(
    reply: Mapping[str, Json] | None,
    aliases: Sequence[str],
    posted: Mapping[str, str] | None = None,
    findings: Sequence[Finding] = (),
) -> list[Field]:
    """`reply` is what holds; where there is none the form begins with the `aliases` that lead to the account. `posted` is
    what was typed."""
    values = reply or {**encode(Vacation(enabled=False)), "addresses": list(aliases)}

    def text(name: str) -> str:
        return typed_text(_OPTIONS[name], values[name]) if posted is None else posted.get(name, "")

    return [
        declared_field(option, name, text(name), [each for each in findings if field_of(each) == name])
        for name, option in _OPTIONS.items()
    ]


def field_of(finding: Finding) -> str:
    """The field of the form that a finding is about; empty where none is."""
    above, _, name = finding.path.rpartition("/")
    return name if above.endswith(f"/{FIELD}") and name in _OPTIONS else ""

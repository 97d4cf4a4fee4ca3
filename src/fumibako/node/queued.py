"""Mail that lay in the queue while something was changed: it is not left behind with what held before."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fumibako.channel.applier import ApplierFailed, ApplierRefused
from fumibako.node.node import Node
from fumibako.plan.report import Reload
from fumibako.schema.place import Json, looked_up

log = logging.getLogger("fumibako.node")

_FILTER = ("basics", "content_filter")


async def catch_up(
    node: Node, before: Mapping[str, Json] | None, after: Mapping[str, Json], reload: Mapping[str, Reload]
) -> None:
    """After a change from the settings `before` to `after`.

    A message has the content filter of the moment when it was accepted written in its queue file, so with another one it
    has to be accepted anew. And what Dovecot would not take while it reloaded would wait for `minimal_backoff_time`.
    May be done any number of times.
    """
    try:
        if before is not None and looked_up(before, _FILTER) != looked_up(after, _FILTER):
            await node.link.ask(lambda applier: applier.queue("requeue"))
        elif reload.get("dovecot", "none") != "none":
            await node.link.ask(lambda applier: applier.queue("flush"))
    except (ApplierRefused, ApplierFailed) as error:
        # The change is good all the same; the mail is tried again at its own time.
        log.warning("the queue: %s", error)

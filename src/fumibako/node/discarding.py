"""Throwing away, once a day, the mail of accounts whose time of grace is over."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from fumibako.channel.applier import ApplierError
from fumibako.channel.console import ConsoleError
from fumibako.node.node import Node
from fumibako.wire.console import DISCARDED

log = logging.getLogger("fumibako.node")

_DAY: Final = 86_400.0
_AFTER_TROUBLE: Final = 600.0


async def discard(node: Node) -> None:
    """Until cancelled."""
    while True:
        pause = _DAY
        try:
            while await discard_due(node):
                pass
        except (ConsoleError, ApplierError) as error:
            log.info("mailboxes: %s", error)
            pause = _AFTER_TROUBLE
        await asyncio.sleep(pause)


async def discard_due(node: Node) -> int:
    """Throw a batch away; how many mailboxes went."""
    answer = await asyncio.to_thread(node.console.request, "GET", DISCARDED)
    names = tuple(str(each) for each in answer["mailboxes"])
    if not names:
        return 0
    gone = await node.link.ask(lambda applier: applier.discard_mailboxes(names))
    if gone:
        await asyncio.to_thread(node.console.request, "POST", DISCARDED, {"mailboxes": list(gone)})
        log.info("mailboxes: %d of removed accounts are thrown away", len(gone))
    return len(gone)

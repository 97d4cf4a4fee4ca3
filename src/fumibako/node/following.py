"""Following how full mailboxes are and who logs in: what Dovecot writes down goes to the console within a second or two.

Once at start and once a day everything is counted anew, a few hundred mailboxes at a time: what Dovecot could not write
(the database was busy, the disk full) is put right.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from typing import Final

from fumibako.channel.applier import ApplierError
from fumibako.channel.console import ConsoleError
from fumibako.node.node import Node
from fumibako.node.usage import Usage
from fumibako.wire.applier import Counted
from fumibako.wire.console import USAGE, UsagePosition, UsageReport

log = logging.getLogger("fumibako.node")

EVERY: Final = 1.0
_AFTER_TROUBLE: Final = 5.0
_BATCH: Final = 500
_BREATH: Final = 0.2
_DAY: Final = 86_400.0
_NOWHERE: Final = UsagePosition("", 0)


async def follow(node: Node) -> None:
    """Until cancelled."""
    usage = Usage(node.home)
    position: UsagePosition | None = None
    said = ""
    while True:
        pause = EVERY
        try:
            if position is None:
                await asyncio.to_thread(usage.ensure)
                position = await _report(node, UsageReport(_NOWHERE, "", 0))
            changes = await asyncio.to_thread(usage.changes, position.epoch, position.last)
            if changes.used or changes.logged_in:
                used = tuple((each.address, each.bytes, each.messages) for each in changes.used)
                report = UsageReport(position, changes.epoch, changes.last, used, changes.logged_in)
                position = await _report(node, report)
                pause = 0.0 if changes.full else EVERY
            said = ""
        except (ConsoleError, sqlite3.Error, OSError) as error:
            if str(error) != said:
                log.info("usage: %s", error)
            said, position, pause = str(error), None, _AFTER_TROUBLE
        await asyncio.sleep(pause)


async def recount(node: Node) -> None:
    """Until cancelled."""
    usage = Usage(node.home)
    while True:
        try:
            wrong = await _count_all(node, usage)
            if wrong:
                log.info("usage: %d mailboxes were put right", wrong)
            pause = _DAY
        except (ApplierError, sqlite3.Error, OSError) as error:
            log.info("usage: not counted: %s", error)
            pause = 60.0
        await asyncio.sleep(pause)


async def count_moved(node: Node, usage: Usage, accounts: Sequence[str]) -> None:
    """Accounts that took another's mailbox over, or got one of their own since their usual place was taken: what was
    written under their address is some other mailbox's. One that is not there yet is empty."""
    for start in range(0, len(accounts), _BATCH):
        batch = accounts[start : start + _BATCH]
        numbers = await asyncio.to_thread(usage.numbers, batch)
        counted = await node.link.ask(lambda applier, names=tuple(batch): applier.count_usage(names))  # type: ignore[misc]
        there = {each.address for each in counted}
        empty = [Counted(address, 0, 0) for address in batch if address not in there]
        await asyncio.to_thread(usage.correct, [*counted, *empty], numbers)


async def _count_all(node: Node, usage: Usage) -> int:
    wrong, after = 0, ""
    while batch := await asyncio.to_thread(node.lookups.accounts, after, _BATCH):
        numbers = await asyncio.to_thread(usage.numbers, batch)
        counted = await node.link.ask(lambda applier, names=tuple(batch): applier.count_usage(names))  # type: ignore[misc]
        if counted:
            wrong += await asyncio.to_thread(usage.correct, counted, numbers)
        after = batch[-1]
        await asyncio.sleep(_BREATH)
    return wrong


async def _report(node: Node, report: UsageReport) -> UsagePosition:
    answer = await asyncio.to_thread(node.console.request, "POST", USAGE, report.as_json())
    return UsagePosition.from_json(answer)

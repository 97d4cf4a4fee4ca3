"""Going back, and going forward to the end: what a journal asks for after a failure, a crash or a deadline.

Nothing here gives up half-way. What the world refuses now (a full disk, an applier that is being restarted) is tried
again until it succeeds; both ways may be walked any number of times.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Final

from fumibako.channel.applier import ApplierAway, ApplierError, ApplierRefused
from fumibako.document.settings import parse
from fumibako.node.candidate import PLANNED, rendered
from fumibako.node.node import Node
from fumibako.node.queued import catch_up
from fumibako.node.state import Begun, Serving
from fumibako.node.synchronising import write_anywhere
from fumibako.plan.apply import Journal, Undo
from fumibako.plan.reload import remembered
from fumibako.plan.report import Reload

log = logging.getLogger("fumibako.node")

_PAUSE: Final = 0.5
_RELOADS: Final = 4


async def undo(node: Node, journal: Journal, begun: Begun) -> list[str]:
    """Walk the journal's undos, last first, and forget the run. Returns what could not be made good, in the programs'
    own lines: the old configuration is back, but a daemon may not have come up on it."""
    journal = replace(journal, phase="undoing")
    # Where the disk is full the journal stays as it was, which says the same.
    with contextlib.suppress(OSError):
        node.state.write_journal(journal)
    said: list[str] = []
    for each in journal.undos:
        await _until_done(each, partial(_undo, node, each, journal, begun, said))
    if journal.touched:
        await _until_done("serving", partial(_remember, node, begun.before))
    await _until_done("journal", lambda: asyncio.to_thread(node.state.end, begun.run.id))
    return said


async def complete(node: Node, journal: Journal, begun: Begun) -> None:
    """The last step: old rows go, and what serves is written down."""
    edits = begun.run.every_edit
    await asyncio.to_thread(node.lookups.change, edits, ("remove",), begun.run.revision)
    if any(edit.now is None for edit in remembered(edits)):
        await node.link.ask(lambda applier: applier.reload("reload"))
    await asyncio.to_thread(node.state.write_serving, begun.after)
    await catch_up(node, begun.run.before if begun.before else None, begun.run.settings, journal.reload)
    with contextlib.suppress(ApplierError):
        await node.link.ask(lambda applier: applier.end_trial())
    if journal.confirm_by is None:
        await prune(node, journal)


async def prune(node: Node, journal: Journal) -> None:
    """Keep what serves and what served before; the rest goes when no process runs from it."""
    keep = tuple(each for each in (journal.generation, journal.previous) if each is not None)
    with contextlib.suppress(ApplierError):
        await node.link.ask(lambda applier: applier.prune(keep))


async def until_complete(node: Node, journal: Journal, begun: Begun) -> None:
    """Forward to the end after a crash, whatever of it had been done or taken back."""
    await _until_done("rows", partial(asyncio.to_thread, node.lookups.change, begun.run.every_edit, ("add",)))
    if journal.generation is not None:
        await _until_done("install", partial(_switch_forward, node, journal))
    await _until_done("finish", partial(complete, node, journal, begun))


async def _switch_forward(node: Node, journal: Journal) -> None:
    assert journal.generation is not None
    seen = await node.link.ask(lambda applier: applier.observe())
    if seen.serving != journal.generation:
        await node.link.install(journal.generation, seen.serving)
        await _tell(node, journal.reload, [])


async def _undo(node: Node, what: Undo, journal: Journal, begun: Begun, said: list[str]) -> None:
    backwards = [edit.inverse() for edit in reversed(begun.run.every_edit)]
    match what:
        case "removed-rows":
            await asyncio.to_thread(node.lookups.change, backwards, ("add",))
        case "generation":
            await _switch_back(node, journal, begun, said)
        case "rows":
            # Both phases: values that were changed in place come back with `add`, added rows go with `remove`.
            await asyncio.to_thread(node.lookups.change, backwards, ("add", "remove"), journal.base)
            if remembered(begun.run.every_edit) and "reload" in journal.begun and journal.previous is not None:
                await _tell(node, {"postfix": "reload", "dovecot": "none"}, said)
        case "trial":
            await node.link.ask(lambda applier: applier.end_trial())
        case "candidate":
            seen = await node.link.ask(lambda applier: applier.observe())
            if journal.generation is not None and seen.serving != journal.generation:
                kept = tuple(each for each in seen.generations if each < PLANNED and each != journal.generation)
                await node.link.ask(lambda applier: applier.prune(kept))


async def _remember(node: Node, before: Serving | None) -> None:
    """What serves again, under the number that it has now."""
    if before is not None:
        seen = await node.link.ask(lambda applier: applier.observe())
        before = replace(before, generation=seen.serving)
    await asyncio.to_thread(node.state.write_serving, before)


async def _switch_back(node: Node, journal: Journal, begun: Begun, said: list[str]) -> None:
    """The old link, then the daemons that may have read the new files. A new home has no old link: mail stops."""
    if journal.previous is None:
        await node.link.ask(lambda applier: applier.stop())
        return
    seen = await node.link.ask(lambda applier: applier.observe())
    if seen.serving == journal.generation:
        try:
            await node.link.install(journal.previous, seen.serving)
        except ApplierRefused as refused:
            if refused.code not in ("drifted", "no_generation") or begun.before is None:
                raise
            # Somebody changed the old files by hand; what comes back is what had been applied.
            await node.link.install(await _written_again(node, journal, begun, begun.before), seen.serving)
    await _tell(node, journal.reload, said)
    await catch_up(node, begun.run.settings, begun.run.before, journal.reload)


async def _written_again(node: Node, journal: Journal, begun: Begun, before: Serving) -> int:
    assert journal.previous is not None
    observed = await node.link.ask(lambda applier: applier.observe())
    backwards = [edit.inverse() for edit in reversed(begun.run.every_edit)]
    domain = await asyncio.to_thread(node.lookups.first_domain, backwards)
    files = rendered(node, parse(before.settings), observed, before.fingerprint, domain)
    return await write_anywhere(node, files, journal.previous)


async def _tell(node: Node, reload: dict[str, Reload], said: list[str]) -> None:
    """Reload what the run would have reloaded. A daemon that died on the new files is started; one that cannot start on
    the old ones either is the applier's to go on starting, and is said."""
    trouble = ""
    for attempt in range(_RELOADS):
        try:
            await node.link.ask(lambda applier: applier.reload(reload["postfix"], reload["dovecot"]))
            return
        except ApplierAway:
            raise
        except ApplierError as error:
            trouble = str(error)
        with contextlib.suppress(ApplierError):
            await node.link.ask(lambda applier: applier.start())
        await asyncio.sleep(_PAUSE * (attempt + 1))
    said.append(trouble)


async def _until_done(what: str, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await work()
            return
        except (ApplierError, OSError, sqlite3.Error) as error:
            log.warning("undo %s: %s; trying again", what, error)
            await asyncio.sleep(_PAUSE)

"""Bringing the node to what the console says without a run: on a restored home, or where a database was lost."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Final

from fumibako.channel.applier import ApplierRefused
from fumibako.document.settings import parse
from fumibako.node.asking import listeners
from fumibako.node.candidate import rendered
from fumibako.node.certificates import certificate_fingerprint
from fumibako.node.node import Node
from fumibako.node.queued import catch_up
from fumibako.node.state import Serving
from fumibako.node.trial import check, ports_free
from fumibako.wire.applier import DovecotAction, Observed, files_digest
from fumibako.wire.console import DIRECTORY, Desired, DirectoryPage

log = logging.getLogger("fumibako.node")

PAGE: Final = 5000


async def synchronise(node: Node, desired: Desired, *, rendered_anew: bool = False) -> None:
    """Make the look-ups and the serving files those of the desired revision, where they are not. With `rendered_anew`
    the files are rendered even where they are of these settings: another version of us or of the servers may have
    other files for them.

    Revision 0 is a home that has never served: it has databases without rows, and nothing to start.
    """
    await synchronise_rows(node, desired, compare=True)
    if desired.revision:
        await _files(node, desired, rendered_anew=rendered_anew)


async def synchronise_rows(node: Node, desired: Desired, *, compare: bool = False) -> None:
    """Make the look-ups those of the desired revision. With `compare` also where they say that they are, but somebody
    else may have changed them. Readers of a database that had to be made anew still hold the
    file that is gone: Postfix's are sent away by a reload, Dovecot's keep it until a restart."""
    is_so = await asyncio.to_thread(node.lookups.revision) == desired.revision
    if is_so and not (compare and desired.revision and await asyncio.to_thread(node.lookups.touched)):
        return
    made = await asyncio.to_thread(node.lookups.ensure)
    if desired.revision == 0:
        return

    def page(table: str, after: str | None) -> DirectoryPage:
        query: dict[str, str | int] = {"table": table, "limit": PAGE}
        if after is not None:
            query["after"] = after
        return DirectoryPage.from_json(node.console.request("GET", DIRECTORY, query=query))

    if is_so:
        number = await asyncio.to_thread(node.lookups.differences, page, desired.settings)
        if not number:
            return
        log.warning("the look-ups were changed by somebody else (%d rows differ); they are written anew", number)
    count = await asyncio.to_thread(node.lookups.synchronise, page, desired.settings, desired.revision)
    log.info("synchronised %d rows to revision %d", count, desired.revision)
    seen = await node.link.ask(lambda applier: applier.observe())
    if made and seen.serving is not None and seen.postfix.wanted:
        dovecot: DovecotAction = "restart" if "passwords" in made else "none"
        await node.link.ask(lambda applier: applier.reload("reload", dovecot))


async def _files(node: Node, desired: Desired, *, rendered_anew: bool) -> None:
    """A serving generation that is ours and of these settings stays, unless it would now be rendered in another way; else one is written, checked, installed and
    started. Nothing is installed that Postfix and Dovecot do not accept or whose ports are taken."""
    observed = await node.link.ask(lambda applier: applier.observe())
    serving = node.state.serving()
    if serving is not None and (observed.serving is None or serving.generation != observed.serving):
        serving = None
    stays = serving is not None and serving.settings == desired.settings
    if serving is None or not stays or rendered_anew:
        settings = parse(desired.settings)
        fingerprint, _ = await certificate_fingerprint(node.link, node.home, settings)
        domain = await asyncio.to_thread(node.lookups.first_domain)
        files = rendered(node, settings, observed, fingerprint, domain)
        if serving is None or not stays or serving.digest != files_digest(files):
            await _install(node, desired, observed, files, fingerprint)
            before = serving.settings if serving is not None else None
            await catch_up(node, before, desired.settings, {"dovecot": "reload"})
            return
    if serving.revision != desired.revision:
        await asyncio.to_thread(node.state.write_serving, replace(serving, revision=desired.revision))


async def _install(node: Node, desired: Desired, observed: Observed, files: dict[str, str], fingerprint: str) -> None:
    settings = parse(desired.settings)
    number = await write_anywhere(node, files, desired.revision)
    await check(node, number, observed)
    await ports_free(node, number, listeners(settings))
    if observed.serving != number:
        await node.link.install(number, observed.serving)
    if observed.serving is not None and observed.postfix.running and observed.dovecot.running:
        await node.link.ask(lambda applier: applier.reload("reload", "reload"))
    else:
        await node.link.ask(lambda applier: applier.start())
    after = Serving(desired.revision, desired.settings, number, files_digest(files), fingerprint)
    await asyncio.to_thread(node.state.write_serving, after)
    log.info("generation %d serves revision %d", number, desired.revision)


async def write_anywhere(node: Node, files: dict[str, str], number: int) -> int:
    """Write the files as generation `number`, or as the next number that has no other files."""
    while True:
        try:
            await _write(node, files, number)
        except ApplierRefused as error:
            if error.code != "generation_exists":
                raise
            number += 1
        else:
            return number


async def _write(node: Node, files: dict[str, str], number: int) -> None:
    await node.link.ask(lambda applier: applier.write(number, files))

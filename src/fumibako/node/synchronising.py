"""Bringing the node to what the console says without a run: on a restored home, or where a database was lost."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from fumibako.document.settings import parse
from fumibako.node.candidate import rendered
from fumibako.node.certificates import certificate_fingerprint
from fumibako.node.node import Node
from fumibako.node.state import Serving
from fumibako.wire.applier import files_digest
from fumibako.wire.console import DIRECTORY, Desired, DirectoryPage

log = logging.getLogger("fumibako.node")

PAGE: Final = 5000


async def synchronise(node: Node, desired: Desired) -> None:
    """Make the look-ups and the serving files those of the desired revision, where they are not.

    Revision 0 is a home that has never served: it has databases without rows, and nothing to start.
    """
    if await asyncio.to_thread(node.lookups.revision) != desired.revision:
        await _rows(node, desired)
    if desired.revision:
        await _files(node, desired)


async def _rows(node: Node, desired: Desired) -> None:
    if desired.revision == 0:
        await asyncio.to_thread(node.lookups.ensure)
        return

    def page(table: str, after: str | None) -> DirectoryPage:
        query: dict[str, str | int] = {"table": table, "limit": PAGE}
        if after is not None:
            query["after"] = after
        return DirectoryPage.from_json(node.console.request("GET", DIRECTORY, query=query))

    count = await asyncio.to_thread(node.lookups.synchronise, page, desired.revision)
    log.info("synchronised %d rows to revision %d", count, desired.revision)


async def _files(node: Node, desired: Desired) -> None:
    """A serving generation that is ours and of these settings stays; else one is written, installed and started."""
    observed = await node.link.ask(lambda applier: applier.observe())
    serving = node.state.serving()
    if (
        serving is not None
        and observed.serving is not None
        and serving.generation == observed.serving
        and serving.settings == desired.settings
    ):
        if serving.revision != desired.revision:
            same = Serving(desired.revision, serving.settings, serving.generation, serving.digest, serving.fingerprint)
            await asyncio.to_thread(node.state.write_serving, same)
        return
    settings = parse(desired.settings)
    fingerprint, _ = await certificate_fingerprint(node.link, node.home, settings)
    domain = await asyncio.to_thread(node.lookups.first_domain)
    files = rendered(node, settings, observed, fingerprint, domain)
    number = desired.revision
    while number in observed.generations:
        number += 1
    await node.link.ask(lambda applier: applier.write(number, files))
    await node.link.install(number, observed.serving)
    if observed.serving is None:
        await node.link.ask(lambda applier: applier.start())
    else:
        await node.link.ask(lambda applier: applier.reload("reload", "reload"))
    after = Serving(desired.revision, desired.settings, number, files_digest(files), fingerprint)
    await asyncio.to_thread(node.state.write_serving, after)
    log.info("generation %d serves revision %d", number, desired.revision)

"""A relay is asked for its name before mail goes there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fumibako.document.settings import defaults, parse
from fumibako.node.relays import relay_findings
from fumibako.schema.place import planted
from fumibako.wire.console import Run

HOSTNAME = "mail.example.jp"
BEFORE = defaults(hostname=HOSTNAME, listen=["127.0.0.1"], port_base=0)


@contextlib.asynccontextmanager
async def greeting(line: bytes) -> AsyncIterator[int]:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(line)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def found(port: int, *, known: bool = False) -> list[tuple[str, str]]:
    route = {"host": "127.0.0.1", "port": port, "username": None, "tls": None}
    after = planted(BEFORE, ("relay", "domains", "example.com"), route)
    run = Run(1, "plan", 1, 2, after if known else BEFORE, after)
    return [(each.code, each.severity) for each in await relay_findings(run, parse(after))]


def test_a_relay_that_greets_with_our_name_is_ourselves() -> None:
    async def asked() -> None:
        async with greeting(b"220 MAIL.example.jp ESMTP Postfix\r\n") as port:
            assert await found(port) == [("relay-loop", "error")]
            assert await found(port, known=True) == []

    asyncio.run(asked())


def test_another_relay_is_well_whatever_it_says() -> None:
    async def asked() -> None:
        for line in (b"220 relay.example.net ESMTP\r\n", b"554 go away\r\n", b"\xff\xfe\r\n"):
            async with greeting(line) as port:
                assert await found(port) == []
        async with greeting(b"x" * 100_000) as port:
            assert await found(port) == [("relay-silent", "warning")]

    asyncio.run(asked())


def test_a_relay_that_is_away_is_a_warning() -> None:
    async def asked() -> None:
        async with greeting(b"") as port:
            pass
        assert await found(port) == [("relay-silent", "warning")]

    asyncio.run(asked())

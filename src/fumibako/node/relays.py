"""Whether a relay that comes or changes is there, and is not this server itself under another name."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final

from fumibako.document.settings import Settings, parse
from fumibako.features.relay.check import name_of, path_of
from fumibako.features.relay.routes import LOCALHOST, Routed, routes
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text, plain
from fumibako.wire.console import Run

_PATIENCE: Final = 1.5
_ASKED: Final = 12  # of one change; the others are asked when they are next touched

_LOOP: Final = Text(
    "The relay for {route} greets as {hostname}: it is this server itself, and mail would go round in a circle.",
    "{route} の中継先は {hostname} と名乗りました。このサーバー自身であり、メールが循環してしまいます。",
)
_SILENT: Final = Text(
    "The relay for {route} does not answer now. Mail for it waits until it does.",
    "{route} の中継先が今は応答しません。応答するまでメールは送信を待ちます。",
)


async def relay_findings(run: Run, after: Settings) -> list[Finding]:
    """An error for a relay that greets with our own name, a warning for one that does not answer. What a relay says
    otherwise is repeated nowhere."""
    before = {(each.kind, each.key): each.route for each in routes(parse(run.before).relay)}
    touched = [each for each in routes(after.relay) if before.get((each.kind, each.key)) != each.route][:_ASKED]
    return await _heard(touched, after.basics.hostname)


async def _heard(touched: Sequence[Routed], hostname: str) -> list[Finding]:
    names = await asyncio.gather(*(_name(each) for each in touched))
    findings = []
    for routed, name in zip(touched, names, strict=True):
        if name is None:
            message = _SILENT.with_(route=name_of(routed))
            findings.append(Finding("relay-silent", path_of(routed, "host"), message, "warning"))
        elif name == hostname.lower():
            message = _LOOP.with_(route=name_of(routed), hostname=plain(hostname))
            findings.append(Finding("relay-loop", path_of(routed, "host"), message))
    return findings


async def _name(routed: Routed) -> str | None:
    """The name in the relay's greeting (RFC 5321 §4.2), None where nothing is heard."""
    host = "127.0.0.1" if routed.route.host == LOCALHOST else routed.route.host
    context = None
    if routed.transport.endswith("-tls"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_connection(host, routed.route.port, ssl=context, limit=2048)
            try:
                line = await reader.readline()
            finally:
                writer.close()
    except (OSError, ValueError):  # TimeoutError is one, too long a line a ValueError
        return None
    words = line.decode("ascii", "replace")[4:].split()
    return words[0].lower() if line[:3].isdigit() and words else ""

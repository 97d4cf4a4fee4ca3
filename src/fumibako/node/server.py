"""HOME/run/node.sock: the console wakes us here, and whoever may know asks what is true."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pwd
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from fumibako.layout import CONSOLE_USER, NODE_USER
from fumibako.wire import frames

log = logging.getLogger("fumibako.node")

Verb = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
_PEER: Final = struct.Struct("3i")  # struct ucred: pid, uid, gid


async def serve(path: Path, verbs: Mapping[str, Verb]) -> asyncio.Server:
    """Listen on `path` until the server is closed. A verb is given the whole request; who asks is settled
    by SO_PEERCRED."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            if not _trusted(writer.get_extra_info("socket")):
                return
            while True:
                length = frames.body_length(await reader.readexactly(frames.HEADER))
                message = frames.decode(await reader.readexactly(length))
                writer.write(frames.encode(await _answer(verbs, message)))
                await writer.drain()

    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(connected, path)
    path.chmod(0o660)
    return server


async def _answer(verbs: Mapping[str, Verb], message: dict[str, Any]) -> dict[str, Any]:
    verb = verbs.get(str(message.get("verb")))
    if verb is None:
        return {
            "ok": False,
            "code": "verb",
            "en": "There is no such verb.",
            "ja": "そのような動詞はありません。",
            "detail": "",
        }
    return await verb(message)


def _trusted(line: socket.socket) -> bool:
    _, uid, _ = _PEER.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    allowed = {0, os.geteuid()}
    for name in (CONSOLE_USER, NODE_USER):
        with contextlib.suppress(KeyError):
            allowed.add(pwd.getpwnam(name).pw_uid)
    if uid not in allowed:
        log.warning("node.sock: user %d is turned away", uid)
    return uid in allowed

"""Forwarded senders, and the way back: two tables that Postfix asks over a socket, and one question of policy.

`sender` gives a foreign sender its address of ours, `recipient` takes the marks off recipients (`features.aliases.marks`),
and who asks by policy learns whether a returning address was made here. Trouble is said to be trouble: mail waits.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

from fumibako.features.aliases.marks import FORWARD, REFUSED, RETURN, unmarked
from fumibako.layout import Home
from fumibako.mail.srs import NotOurs, SenderRewriting
from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.policy import PolicyRequest, Violation
from fumibako.mailfilter.socketmap import Asked, SocketmapParser, found, not_found, trouble

_log = logging.getLogger(__name__)

_SECRET: Final = 32
_HOSTED: Final = "SELECT 1 FROM domains WHERE name = ?"


class SrsConnection(asyncio.Protocol):
    """One connection of cleanup(8); answers need no waiting."""

    def __init__(self, instance: Instance, connections: set[Any]) -> None:
        self._instance = instance
        self._connections = connections
        self._parser = SocketmapParser()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._connections.discard(self)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        try:
            for asked in self._parser.feed(data):
                if self._transport is not None:
                    self._transport.write(_answer(asked, self._instance))
        except Violation as violation:
            _log.warning("socketmap: %s", violation)
            self.finish()

    def finish(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Returning:
    """May this recipient, which has the form of a rewritten sender, be taken?"""

    def answer(self, request: PolicyRequest, instance: Instance) -> str:
        try:
            rewriting(instance).returned(request["recipient"], today())
        except NotOurs:
            return "550 5.1.1 This return address is not valid, or no longer"
        return "DUNNO"


def _answer(asked: Asked, instance: Instance) -> bytes:
    instance.refresh()
    try:
        match asked.table:
            case "sender":
                value = _sender(asked.key, instance)
            case "recipient":
                value = _recipient(asked.key, instance)
            case _:
                return trouble("no such table")
    except Exception:  # noqa: BLE001  # whatever goes wrong here, mail waits
        _log.exception("socketmap: %s failed", asked.table[:40])
        return trouble("temporary trouble")
    return not_found() if value is None or value == asked.key else found(value)


def _sender(sender: str, instance: Instance) -> str | None:
    """A hosted sender's SPF names this server: it stays. Postfix also asks for parts of an address; they are nobody."""
    local_part, _, domain = sender.rpartition("@")
    if not local_part or not instance.conf.srs_domain or instance.lookups.has(_HOSTED, domain.lower()):
        return None
    return rewriting(instance).forwarded(sender, today())


def _recipient(recipient: str, instance: Instance) -> str | None:
    local_part, _, mark = recipient.rpartition("@")
    if not local_part or mark not in (FORWARD, RETURN):
        return None
    address = unmarked(local_part)
    if mark == FORWARD:
        return address
    try:
        return rewriting(instance).returned(address, today())
    except NotOurs:
        return f"{local_part}@{REFUSED}"


def today() -> int:
    return int(time.time()) // 86_400


def rewriting(instance: Instance) -> SenderRewriting:
    return SenderRewriting(secrets_of(instance.home), instance.conf.srs_domain)


def secrets_of(home: Home) -> Sequence[bytes]:
    """The home's keys, a line each in hexadecimal: the first signs, the others may have signed. Made where there is none."""
    path = Path(home.srs_key)
    known = _SECRETS.get(path)
    if known is None:
        if not path.exists():
            _make(path)
        known = _SECRETS[path] = tuple(bytes.fromhex(line) for line in path.read_text().split())
    return known


_SECRETS: Final[dict[Path, tuple[bytes, ...]]] = {}


def _make(path: Path) -> None:
    """Of several workers that begin at once, one makes the file and the others read it."""
    own = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_hex(_SECRET) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(own)
    except FileExistsError:
        pass
    finally:
        own.unlink()

"""Postfix's socketmap protocol, without input or output (socketmap_table(5)): netstrings, `NAME KEY` in, a reply out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fumibako.mailfilter.policy import Violation

REQUEST_LIMIT: Final = 10_000
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """`table` is the name behind the socket in the table's address."""

    table: str
    key: str


class SocketmapParser:
    """Collects octets in pieces of any size and gives the questions that are complete."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[Asked]:
        """Raises `Violation`."""
        self._buffer += data
        while True:
            length, colon, rest = self._buffer.partition(b":")
            if len(length) > _DIGITS or not (length.isdigit() if length else not colon):
                raise Violation("not a netstring")
            if not colon:
                return
            size = int(length)
            if size > REQUEST_LIMIT:
                raise Violation("request too long")
            if len(rest) <= size:
                return
            if rest[size : size + 1] != b",":
                raise Violation("not a netstring")
            self._buffer = rest[size + 1 :]
            table, _, key = rest[:size].decode("utf-8", "replace").partition(" ")
            yield Asked(table, key)


def found(value: str) -> bytes:
    return _netstring(f"OK {value}")


def not_found() -> bytes:
    return _netstring("NOTFOUND ")


def trouble(reason: str) -> bytes:
    """Postfix defers."""
    return _netstring(f"TEMP {reason}")


def _netstring(text: str) -> bytes:
    data = text.encode()
    return b"%d:%b," % (len(data), data)

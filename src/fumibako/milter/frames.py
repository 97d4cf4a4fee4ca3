"""Packets: a length of four octets, one octet that says what it is, and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

_LENGTH = Struct(">I")
# The largest packets are header fields, which Postfix limits to header_size_limit (102,400), and body chunks of 64 KB to 1 MB.
FRAME_LIMIT = 4 * 1024 * 1024


class Violation(Exception):
    """The other side does not speak the protocol; `code` says how. Nothing more can be read from it."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """A packet ready to be sent."""
    return b"%b%b%b" % (_LENGTH.pack(len(payload) + 1), kind, payload)


class Splitter:
    """Collects octets as they arrive, in pieces of any size, and gives the packets that are complete."""

    __slots__ = ("_buffer", "_limit")

    def __init__(self, limit: int = FRAME_LIMIT) -> None:
        self._buffer = bytearray()
        self._limit = limit

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The kind and the payload of each packet that is now complete. Raises `Violation` for one that is too large."""
        buffer = self._buffer
        buffer += data
        position, end = 0, len(buffer)
        try:
            while end - position >= 4:
                (length,) = _LENGTH.unpack_from(buffer, position)
                if not 1 <= length <= self._limit:
                    raise Violation("milter-frame-length", str(length))
                stop = position + 4 + length
                if stop > end:
                    break
                kind, payload = buffer[position + 4], bytes(buffer[position + 5 : stop])
                position = stop
                yield kind, payload
        finally:
            del buffer[:position]

    @property
    def pending(self) -> int:
        """Octets of a packet that is not complete yet."""
        return len(self._buffer)

"""Packets: a length of four octets, one octet that says what it is, and the rest."""

from __future__ import annotations

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

    __slots__ = ("_begun", "_limit", "_wanted")

    def __init__(self, limit: int = FRAME_LIMIT) -> None:
        self._begun = bytearray()  # of a packet that is not complete yet
        self._wanted = 4  # octets until something can be done with it
        self._limit = limit

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The kind and the payload of each packet that is now complete. Raises `Violation` for one that is too large; those
        before it are lost, as is the connection."""
        if self._begun:
            self._begun += data
            if len(self._begun) < self._wanted:
                return []
            data = bytes(self._begun)
            self._begun.clear()
        packets: list[tuple[int, bytes]] = []
        position, end, self._wanted = 0, len(data), 4
        while end - position >= 4:
            (length,) = _LENGTH.unpack_from(data, position)
            if not 1 <= length <= self._limit:
                raise Violation("milter-frame-length", str(length))
            stop = position + 4 + length
            if stop > end:
                self._wanted = 4 + length
                break
            packets.append((data[position + 4], data[position + 5 : stop]))
            position = stop
        self._begun += data[position:]
        return packets

    @property
    def pending(self) -> int:
        """Octets of a packet that is not complete yet."""
        return len(self._begun)

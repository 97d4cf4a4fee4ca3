"""A body on its way through: hashed as it arrives, for every signature at once.

Signatures differ in how they canonicalize the body (RFC 6376 §3.4, RFC 4870 §3.4.2), in the hash and in how much of the body
they cover (`l=`). Each canonicalization is done once; its output goes to all hashes that want it. All of them drop the empty
lines at the end, so what may be such a line is counted until something follows it: memory does not grow with the body.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal, Protocol, TypeAlias

BodyForm: TypeAlias = Literal["simple", "relaxed", "dk-simple", "dk-nofws"]
"""RFC 6376 §3.4.3 and §3.4.4; RFC 4870 §3.4.2.1 and §3.4.2.2, where the empty line before the body counts as well."""

_CRLFS = b"\r\n" * 8192
_WIDE = b" " * 256
_OCTETS = bytes(range(256))
_LONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class Hash(Protocol):
    """What a hashlib object does."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class BodySink:
    """One hash of the canonical body, or of its first `limit` octets; `length` counts the octets hashed."""

    __slots__ = ("hash", "length", "limit")

    def __init__(self, hash_object: Hash, limit: int | None) -> None:
        self.hash = hash_object
        self.limit = limit
        self.length = 0

    def update(self, data: bytes) -> None:
        if self.limit is not None:
            data = data[: self.limit - self.length]
        self.length += len(data)
        self.hash.update(data)

    @property
    def covered(self) -> bool:
        """Nothing is missing of what `l=` promised; ask when the body has ended."""
        return self.limit is None or self.length == self.limit

    def digest(self) -> bytes:
        return self.hash.digest()


class _Canonicalizer:
    """Turns pieces of a body into canonical ones and hands them to its sinks."""

    def __init__(self, form: BodyForm) -> None:
        self.form = form
        self.sinks: list[BodySink] = []
        self.length = 0
        self._held = b""  # the end of what came, which may yet be part of a line end or of white space before one
        self._line_ends = 1 if form.startswith("dk-") else 0  # those that count only when something follows them
        self._written = False

    def feed(self, data: bytes) -> None:
        data = self._held + data
        if self.form == "relaxed":
            data = _reduced(data)
        end = len(data) - data.endswith(b"\r")
        if self.form == "relaxed":
            end -= data.endswith(b" ", 0, end)
        self._held, data = data[end:], data[:end]
        if self.form == "dk-nofws":
            data = _without_white(data)
        if not data:
            return
        text = _end_of_text(data)
        if text:
            self._write_line_ends()
            self._write(data[:text])
        self._line_ends += (len(data) - text) // 2

    def finish(self) -> None:
        rest, self._held = self._held, b""
        if rest and rest != b" " and self.form != "dk-nofws":
            self._write_line_ends()
            self._write(rest)
        # RFC 6376 §3.4.3 ends every body in one CRLF, an empty one too; §3.4.4 leaves an empty one empty. DomainKeys counts
        # the line end that is there, and on the wire there always is one.
        if self.form == "simple" or (self._written and (self.form == "relaxed" or self._line_ends)):
            self._write(b"\r\n")

    def _write_line_ends(self) -> None:
        while self._line_ends:
            count = min(self._line_ends, len(_CRLFS) // 2)
            self._write(_CRLFS[: count * 2])
            self._line_ends -= count

    def _write(self, data: bytes) -> None:
        self._written = True
        self.length += len(data)
        for sink in self.sinks:
            sink.update(data)


def _reduced(data: bytes) -> bytes:
    """RFC 6376 §3.4.4: runs of white space become one space, and what is left of them at a line's end goes."""
    if b"\t" in data:
        data = data.replace(b"\t", b" ")
    if _WIDE in data:
        data = data.replace(_WIDE, b" ")
    while b"  " in data:
        data = data.replace(b"  ", b" ")
    return data.replace(b" \r\n", b"\r\n") if b" \r\n" in data else data


def _without_white(data: bytes) -> bytes:
    """RFC 4870 §3.4.2.2: %x09, %x0A, %x0D and %x20 go, but for the CRLF at line ends."""
    ends = data.count(b"\r\n")
    if data.count(b"\r") == ends and data.count(b"\n") == ends:
        return data.translate(None, b" \t")
    unused = _OCTETS.translate(None, data)
    if unused:  # an octet that stands for CRLF meanwhile: ten times faster than looking at each
        mark = unused[:1]
        return data.replace(b"\r\n", mark).translate(None, b" \t\r\n").replace(mark, b"\r\n")
    return _LONE.sub(b"", data).translate(None, b" \t")


def _end_of_text(data: bytes) -> int:
    """Where the CRLFs at the end begin; found by halves, since there may be very many."""
    end, size = len(data), len(_CRLFS)
    while size >= 2:
        if size <= end and data.endswith(_CRLFS[:size], 0, end):
            end -= size
        else:
            size //= 2
    return end


class BodyHasher:
    """Give it the sinks that are wanted, then the body in pieces, then `finish`."""

    def __init__(self) -> None:
        self._canonicalizers: dict[BodyForm, _Canonicalizer] = {}
        self._shared: dict[tuple[BodyForm, str, int | None], BodySink] = {}

    def want(self, form: BodyForm, algorithm: str = "sha256", limit: int | None = None) -> BodySink:
        """A hash of the canonical body; those who want the same share one."""
        sink = self._shared.get((form, algorithm, limit))
        if sink is None:
            sink = self.attach(form, hashlib.new(algorithm, usedforsecurity=False), limit)
            self._shared[form, algorithm, limit] = sink
        return sink

    def attach(self, form: BodyForm, hash_object: Hash, limit: int | None = None) -> BodySink:
        """Feeds the canonical body to a hash that has seen something already (a DomainKeys header)."""
        sink = BodySink(hash_object, limit)
        self._canonicalizer(form).sinks.append(sink)
        return sink

    def length(self, form: BodyForm) -> int:
        """How many octets the canonical body has, once it has ended."""
        return self._canonicalizers[form].length

    def feed(self, data: bytes) -> None:
        for canonicalizer in self._canonicalizers.values():
            canonicalizer.feed(data)

    def finish(self) -> None:
        for canonicalizer in self._canonicalizers.values():
            canonicalizer.finish()

    def _canonicalizer(self, form: BodyForm) -> _Canonicalizer:
        found = self._canonicalizers.get(form)
        if found is None:
            found = self._canonicalizers[form] = _Canonicalizer(form)
        return found

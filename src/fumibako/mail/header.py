"""Header fields and header sections, octet for octet as they travelled.

A signature is over octets, so nothing here decodes or tidies: a field keeps its name as it was spelt and its value with
every space and fold (RFC 5322 §2.2). What is compared without regard to case is compared through `key`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_FIELD_NAME = re.compile(
    rb"[!-9;-~]+[ \t]*\Z"
)  # RFC 5322 §3.6.8; white space before the colon is §4.5.8's obsolete form
_FIELD_BREAK = re.compile(rb"\r\n(?![ \t])")  # a line that begins with white space continues the field, §2.2.3


class HeaderField(NamedTuple):
    """One field: `name` is what stands before the colon, `value` all that follows it but the final CRLF.

    A value that was written after one space begins with that space; folds are CRLF and white space inside it.
    """

    name: bytes
    value: bytes

    @property
    def key(self) -> bytes:
        """The name that fields are found by: lower case, no white space before the colon."""
        return self.name.rstrip(b" \t").lower()

    @property
    def octets(self) -> bytes:
        """The field as it travelled, its final CRLF included."""
        return b"%b:%b\r\n" % self

    @property
    def unfolded(self) -> bytes:
        """The value on one line (RFC 5322 §2.2.3), without white space at its ends."""
        return self.value.replace(b"\r\n", b"").strip(b" \t")


class HeaderSection(Sequence[HeaderField]):
    """The fields of a message from the top down, found by name in one look."""

    __slots__ = ("_fields", "_places")

    def __init__(self, fields: Iterable[HeaderField] = ()) -> None:
        self._fields = tuple(fields)
        places: dict[bytes, list[int]] = {}
        for place, field in enumerate(self._fields):
            places.setdefault(field.name.rstrip(b" \t").lower(), []).append(place)
        self._places = places

    def places(self, key: bytes) -> Sequence[int]:
        """Where fields of that (lower-case) name stand, the topmost first."""
        return self._places.get(key, ())

    def named(self, key: bytes) -> list[HeaderField]:
        """The fields of that (lower-case) name, the topmost first."""
        return [self._fields[place] for place in self._places.get(key, ())]

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # the overloads of Sequence, for tuples
        return self._fields[index]

    def __iter__(self) -> Iterator[HeaderField]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    @property
    def octets(self) -> bytes:
        """The header section as it travelled, without the empty line after it."""
        return b"".join(field.octets for field in self._fields)


def parse_message(octets: bytes) -> tuple[HeaderSection, bytes]:
    """A message's header section and its body; lines end in CRLF (`with_crlf` makes it so for a file's).

    The header ends at the first empty line, or before the first line that can be no header field, as Postfix has it.
    A lone CR or LF is an octet like others.
    """
    if octets.startswith(b"\r\n"):
        return HeaderSection(), octets[2:]
    head, _, body = octets.partition(b"\r\n\r\n")
    if len(head) == len(octets):
        head = head.removesuffix(b"\r\n")
    fields: list[HeaderField] = []
    lines = _FIELD_BREAK.split(head) if head else []
    for number, line in enumerate(lines):
        name, colon, value = line.partition(b":")
        if not colon or not _FIELD_NAME.match(name):
            start = sum(len(earlier) + 2 for earlier in lines[:number])
            return HeaderSection(fields), octets[start:]
        fields.append(HeaderField(name, value))
    return HeaderSection(fields), body


def with_crlf(octets: bytes) -> bytes:
    """A message from a file: a lone LF becomes the CRLF that ends lines on the wire (RFC 5322 §2.3)."""
    return re.sub(rb"(?<!\r)\n", b"\r\n", octets)

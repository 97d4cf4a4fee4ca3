"""Tag lists, `v=1; a=rsa-sha256; …`: the notation of DKIM, ARC, DomainKeys and DMARC (RFC 6376 §3.2)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping

_TAG_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]*\Z")
_BAD_VALUE = re.compile(rb"[^\t\r\n -~\x80-\xff]")  # tval: no controls but those of a fold; UTF-8 is RFC 8616 §3
_FOLDING = b" \t\r\n"
_NUMBER = re.compile(rb"[0-9]{1,76}\Z")

TAG_LIMIT = 200  # nobody has so many; a list with more is not parsed on


class BadTagList(ValueError):
    """Not a tag list. The argument names the offending part, shortened."""


def parse_tags(value: bytes) -> dict[bytes, bytes]:
    """The tags in their order, names with their case (they are case-sensitive), values without white space around them.

    Raises `BadTagList` for what §3.2 forbids: a tag without "=", an empty one (but after the last), a name twice.
    """
    tags: dict[bytes, bytes] = {}
    parts = value.split(b";", TAG_LIMIT + 1)
    if not parts[-1].strip(_FOLDING):
        parts.pop()  # the one semicolon that may end the list
    if len(parts) > TAG_LIMIT:
        raise BadTagList("too many tags")
    has_controls = _BAD_VALUE.search(value) is not None
    for part in parts:
        name, equals, content = part.partition(b"=")
        name = name.strip(_FOLDING)
        if not equals or not _TAG_NAME.match(name):
            raise BadTagList(shown(part))
        if name in tags:
            raise BadTagList(f"{shown(name)}= twice")  # "Tags with duplicate names MUST NOT occur"
        if has_controls and _BAD_VALUE.search(content):
            raise BadTagList(f"{shown(name)}= has control characters")
        tags[name] = content.strip(_FOLDING)
    return tags


def without_folding(value: bytes) -> bytes:
    """The value with every white space taken out, as base64 and lists want it."""
    return value.translate(None, _FOLDING)


def words(value: bytes) -> list[bytes]:
    """A list with colons (`h=`, `t=`, `s=` …), white space around its words dropped."""
    return without_folding(value).split(b":")


def decode_base64(value: bytes) -> bytes | None:
    """The octets, or nothing when it is no base64 (RFC 4648 §4); white space may stand anywhere (RFC 6376 §2.10)."""
    text = without_folding(value)
    bare = text.rstrip(b"=")
    if not text or len(text) % 4 == 1 or len(text) - len(bare) > 2:
        return None
    try:
        return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4), strict_mode=True)
    except binascii.Error:
        return None


def number(tags: Mapping[bytes, bytes], name: bytes) -> int | None:
    """A tag of 1 to 76 digits (RFC 6376 §3.5, `l=`, `t=`, `x=`). Raises `BadTagList` when it is something else."""
    value = tags.get(name)
    if value is None:
        return None
    if not _NUMBER.match(value):
        raise BadTagList(f"{shown(name)}={shown(value)}")
    return int(value)


def shown(octets: bytes, limit: int = 60) -> str:
    """Hostile octets in a form that can stand in a comment or a log: printable ASCII, not long."""
    text = octets[: limit + 1].decode("ascii", "replace")
    if not (text.isascii() and text.isprintable()):
        text = "".join(character if " " <= character <= "~" else "?" for character in text)
    return text if len(octets) <= limit else text[: limit - 3] + "..."

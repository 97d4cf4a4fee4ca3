"""What the filter says: answers to a command, and changes to the message at its end."""

from __future__ import annotations

import re
from enum import Enum
from struct import Struct
from typing import NamedTuple, TypeAlias

from fumibako.milter.frames import frame

_NUMBER = Struct(">I")
_CODE = re.compile(r"[45][0-9]{2}\Z")
_ENHANCED = re.compile(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}\Z")
BODY_PIECE = 65_535


class Verdict(Enum):
    """Answers without anything else in them, by the letter on the wire."""

    CONTINUE = b"c"
    ACCEPT = b"a"  # nothing more about this message or, before MAIL, this connection
    REJECT = b"r"
    TEMPFAIL = b"t"
    DISCARD = b"d"  # accepted and thrown away
    SKIP = b"s"  # no more of this kind: the rest of the body
    PROGRESS = b"p"  # still working: the server's clock starts again
    CONNECTION_FAILED = b"f"
    SHUTDOWN = b"4"  # 421, and the SMTP connection is closed

    @property
    def octets(self) -> bytes:
        return frame(self.value)


class Reply(NamedTuple):
    """A rejection in the filter's own words: code, enhanced code of the same class, lines of text."""

    code: str
    enhanced: str
    lines: tuple[str, ...]

    @property
    def octets(self) -> bytes:
        assert _CODE.match(self.code)
        assert _ENHANCED.match(self.enhanced)
        assert self.code[0] == self.enhanced[0]
        texts = [_reply_text(line) for line in self.lines or ("",)]
        parts = [
            f"{self.code}{' ' if number == len(texts) else '-'}{self.enhanced} {text}"
            for number, text in enumerate(texts, start=1)
        ]
        return frame(b"y", "\r\n".join(parts).encode("ascii") + b"\0")


class AddHeader(NamedTuple):
    """At the end of the header. Values here begin with their space and have CRLF at folds, as `HeaderField`'s do."""

    name: bytes
    value: bytes


class InsertHeader(NamedTuple):
    """Before the field of that place, counted from 0 at the top."""

    place: int
    name: bytes
    value: bytes


class ChangeHeader(NamedTuple):
    """The n-th field of that name, counted from 1 from the top, gets another value."""

    occurrence: int
    name: bytes
    value: bytes


class DeleteHeader(NamedTuple):
    occurrence: int
    name: bytes


class ReplaceBody(NamedTuple):
    body: bytes


class AddRecipient(NamedTuple):
    path: bytes


class DeleteRecipient(NamedTuple):
    path: bytes


class ChangeSender(NamedTuple):
    path: bytes


class Quarantine(NamedTuple):
    """Postfix puts the message on hold."""

    reason: str


Answer: TypeAlias = Verdict | Reply
Change: TypeAlias = (
    AddHeader
    | InsertHeader
    | ChangeHeader
    | DeleteHeader
    | ReplaceBody
    | AddRecipient
    | DeleteRecipient
    | ChangeSender
    | Quarantine
)


def encode_change(change: Change, *, leading_space: bool) -> bytes:
    """The packet of a change; `leading_space` says whether values are sent with their first space."""
    match change:
        case AddHeader(name, value):
            return frame(b"h", _field(name, value, leading_space=leading_space))
        case InsertHeader(place, name, value):
            return frame(b"i", _NUMBER.pack(place) + _field(name, value, leading_space=leading_space))
        case ChangeHeader(occurrence, name, value):
            assert value.strip(), "an empty value would delete the field"
            return frame(b"m", _NUMBER.pack(occurrence) + _field(name, value, leading_space=leading_space))
        case DeleteHeader(occurrence, name):
            return frame(b"m", _NUMBER.pack(occurrence) + _string(name) + b"\0")
        case ReplaceBody(body):
            pieces = [body[start : start + BODY_PIECE] for start in range(0, len(body), BODY_PIECE)] or [b""]
            return b"".join([frame(b"b", piece) for piece in pieces])
        case AddRecipient(path):
            return frame(b"+", _string(path))
        case DeleteRecipient(path):
            return frame(b"-", _string(path))
        case ChangeSender(path):
            return frame(b"e", _string(path))
        case Quarantine(reason):
            return frame(b"q", _reply_text(reason).replace("%%", "%").encode("ascii") + b"\0")


def _field(name: bytes, value: bytes, *, leading_space: bool) -> bytes:
    """Both sides write LF at folds; a bare CR, or an LF that folds nothing, would begin another field."""
    text = value.replace(b"\r\n", b"\n")
    assert b"\r" not in text
    assert not re.search(rb"\n(?![ \t])", text)
    return _string(name) + _string(text if leading_space else text.removeprefix(b" "))


def _string(octets: bytes) -> bytes:
    assert b"\0" not in octets
    return octets + b"\0"


def _reply_text(text: str) -> str:
    """Printable ASCII, one line of SMTP (RFC 5321 §4.5.3.1.5). Percent signs are doubled: to Sendmail it is a format."""
    return "".join(sign if " " <= sign <= "~" else "?" for sign in text[:400]).replace("%", "%%")

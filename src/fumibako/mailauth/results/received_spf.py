"""The Received-SPF field (RFC 7208 §9.1): one check's result and what it was made from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args

from fumibako.mail.lexer import DOT_ATOM, Lexer
from fumibako.mailauth.spf.result import SpfResult, SpfStatus

_WORD = re.compile(rb"[A-Za-z]+")
_KEY = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]*")
_VALUE = re.compile(rb"[^\x00-\x20();\"\x7f]+")
_BARE = re.compile(rf"{DOT_ATOM}\Z")
_PARENTHESES = re.compile(r"([()\\])")
_QUOTES = re.compile(r'(["\\])')
_STATUSES = frozenset(get_args(SpfStatus))

# §9.1 asks for these words in the comment; a person reads them first.
_SENTENCES: dict[SpfStatus, str] = {
    "pass": "domain of {sender} designates {client} as permitted sender",
    "fail": "domain of {sender} does not designate {client} as permitted sender",
    "softfail": "domain of transitioning {sender} does not designate {client} as permitted sender",
    "neutral": "{client} is neither permitted nor denied by domain of {sender}",
    "none": "domain of {sender} does not designate permitted sender hosts",
    "temperror": "{reason}",
    "permerror": "{reason}",
}


@dataclass(frozen=True, slots=True)
class ReceivedSpf:
    """The field read back: the result word and its key=value pairs, keys in lower case."""

    status: str
    comment: str
    pairs: tuple[tuple[str, str], ...]

    def value(self, key: str) -> str | None:
        return next((value for name, value in self.pairs if name == key), None)


def format_received_spf(result: SpfResult, receiver: str) -> bytes:
    """The field's value. Whatever the sender wrote is quoted and stripped, so that the field says only what we say."""
    sentence = _SENTENCES[result.status].format(
        sender=result.sender, client=result.client, reason=result.reason.comment
    )
    pairs = [
        ("receiver", _value(receiver)),
        ("identity", result.identity),
        ("envelope-from", f'"{_quoted(result.sender)}"' if result.identity == "mailfrom" else ""),
        ("helo", _value(result.helo)),
        ("client-ip", _value(str(result.client))),
        ("mechanism", _value(result.mechanism) if result.mechanism else ""),
        ("problem", _value(result.reason.comment) if result.status in {"temperror", "permerror"} else ""),
    ]
    comment = _PARENTHESES.sub(r"\\\1", _printable(f"{receiver}: {sentence}"))
    lines = [f" {result.status} ({comment})"]
    for key, value in pairs:
        if value:
            part = f"{key}={value};"
            if len(lines[-1]) + len(part) > 74 or len(lines) == 1:
                lines.append(part)
            else:
                lines[-1] += f" {part}"
    return "\r\n\t".join(lines).removesuffix(";").encode("ascii")


def parse_received_spf(value: bytes) -> ReceivedSpf | None:
    """Reads a field, or nothing when it is malformed."""
    lexer = Lexer(value)
    lexer.skip_cfws()
    word = lexer.match(_WORD)
    if word is None or word.decode().lower() not in _STATUSES or not lexer.skip_cfws():
        return None
    comment = lexer.comments[0].decode("utf-8", "replace") if lexer.comments else ""
    pairs: list[tuple[str, str]] = []
    while not lexer.at_end:
        key = lexer.match(_KEY)
        if key is None or not lexer.skip_cfws() or not lexer.take(b"=") or not lexer.skip_cfws():
            return None
        found = lexer.quoted_string()
        if found is None:
            found = lexer.match(_VALUE) or b""
        pairs.append((key.decode().lower(), found.decode("utf-8", "replace")))
        if not lexer.skip_cfws() or (not lexer.take(b";") and not lexer.at_end) or not lexer.skip_cfws():
            return None
    return ReceivedSpf(word.decode().lower(), comment, tuple(pairs))


def _printable(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text[:300]
    return "".join(character if " " <= character <= "~" else "?" for character in text[:300])


def _quoted(text: str) -> str:
    return _QUOTES.sub(r"\\\1", _printable(text))


def _value(text: str) -> str:
    return text if _BARE.match(text) and len(text) <= 300 else f'"{_quoted(text)}"'

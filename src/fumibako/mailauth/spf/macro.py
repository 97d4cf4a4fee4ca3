"""Macros in SPF records: `%{i}._spf.%{d2}` (RFC 7208 §7)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias
from urllib.parse import quote

_EXPAND = re.compile(r"%(?:([%_-])|\{([A-Za-z])([0-9]*)([rR]?)([-.+,/_=]*)\})")
_LITERAL = re.compile(r"[!-$&-~]+")  # visible ASCII but "%"
_TEXT_LITERAL = re.compile(r"[ -$&-~]+")  # an explanation has spaces too, §6.2
_ESCAPES = {"%": "%", "_": " ", "-": "%20"}
_TOP_LABEL = re.compile(r"\.(?:[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+-[A-Za-z0-9-]*[A-Za-z0-9])\.?\Z")
_DOMAIN_LETTERS = frozenset("slodiphv")
_TEXT_LETTERS = frozenset("slodiphvcrt")  # c, r and t only in explanations, §7.2


class BadMacro(ValueError):
    """Not a macro string."""


class NotExpandable(Exception):
    """The local part is not ASCII: a term that needs it does not match (RFC 8616 §4)."""


@dataclass(frozen=True, slots=True)
class Macro:
    letter: str
    escaped: bool  # an upper-case letter: the value is URL-escaped, §7.3
    keep: int | None  # how many of the parts on the right
    reverse: bool
    delimiters: str


MacroString: TypeAlias = tuple[str | Macro, ...]


def parse_macro_string(text: str, *, explanation: bool = False) -> MacroString:
    """Splits into literals and macros; raises `BadMacro`."""
    parts: list[str | Macro] = []
    literal = _TEXT_LITERAL if explanation else _LITERAL
    position = 0
    while position < len(text):
        found = literal.match(text, position)
        if found:
            parts.append(found.group())
        else:
            found = _EXPAND.match(text, position)
            if not found:
                raise BadMacro(text[position : position + 20])
            parts.append(_macro(found, _TEXT_LETTERS if explanation else _DOMAIN_LETTERS))
        position = found.end()
    return tuple(parts)


def _macro(found: re.Match[str], allowed: frozenset[str]) -> str | Macro:
    escape, letter, digits, reverse, delimiters = found.groups()
    if escape:
        return _ESCAPES[escape]
    if letter.lower() not in allowed:
        raise BadMacro(found.group())
    if digits and not int(digits[:10]):
        raise BadMacro(found.group())  # "if a digit is present it MUST be nonzero", §7.1
    keep = min(int(digits[:10]), 128) if digits else None
    return Macro(letter.lower(), letter.isupper(), keep, bool(reverse), delimiters or ".")


def parse_domain_spec(text: str) -> MacroString:
    """A macro string that ends in a top label or in a macro (§7.1, domain-end); raises `BadMacro`."""
    parts = parse_macro_string(text)
    if not parts or not (_TOP_LABEL.search(text) or _ends_in_macro(text)):
        raise BadMacro(text[:40])
    return parts


def _ends_in_macro(text: str) -> bool:
    return any(found.end() == len(text) for found in _EXPAND.finditer(text))


@dataclass(frozen=True, slots=True)
class Subject:
    """What the macros stand for in one check."""

    client: IPv4Address | IPv6Address
    local_part: str
    sender_domain: str
    helo: str
    receiver: str
    now: int

    def value(self, letter: str, domain: str) -> str:
        """The value of every macro but %{p}, which must be asked of the DNS."""
        match letter:
            case "s":
                return f"{self._ascii_local_part}@{self.sender_domain}"
            case "l":
                return self._ascii_local_part
            case "o":
                return self.sender_domain
            case "d":
                return domain
            case "i":
                if isinstance(self.client, IPv4Address):
                    return str(self.client)
                return ".".join(self.client.exploded.replace(":", "").upper())
            case "h":
                return self.helo
            case "c":
                return str(self.client)
            case "r":
                return self.receiver
            case "t":
                return str(self.now)
            case _:
                return "in-addr" if isinstance(self.client, IPv4Address) else "ip6"

    @property
    def _ascii_local_part(self) -> str:
        if not self.local_part.isascii():
            raise NotExpandable
        return self.local_part


async def expand(
    parts: MacroString, subject: Subject, domain: str, validated_name: Callable[[], Awaitable[str]]
) -> str:
    """The text with its macros filled in; `validated_name` is asked for %{p}. Raises `NotExpandable`."""
    if len(parts) == 1 and isinstance(parts[0], str):
        return parts[0]
    out = []
    for part in parts:
        if isinstance(part, str):
            out.append(part)
            continue
        value = await validated_name() if part.letter == "p" else subject.value(part.letter, domain)
        out.append(_transformed(value, part))
    return "".join(out)


def _transformed(value: str, macro: Macro) -> str:
    if macro.keep is not None or macro.reverse or macro.delimiters != ".":
        pieces = re.split(f"[{re.escape(macro.delimiters)}]", value)
        if macro.reverse:
            pieces.reverse()
        if macro.keep is not None:
            pieces = pieces[-macro.keep :]
        value = ".".join(pieces)
    return quote(value, safe="-._~") if macro.escaped else value


def as_target(expanded: str) -> str:
    """An expanded domain as a name to ask for: no final dot, whole labels dropped on the left beyond 253 (§7.3)."""
    name = expanded.removesuffix(".")
    if len(name) > 253:
        name = name[-254:].partition(".")[2]
    return name.lower()

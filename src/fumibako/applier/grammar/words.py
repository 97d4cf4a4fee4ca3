"""Grammars of single words and plain lists: paths that have one right value, names, addresses, transports."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fumibako.formats.values import Problem, ValueGrammar

LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME: Final = rf"{LABEL}(?:\.{LABEL})*"
_DOMAIN: Final = re.compile(rf"(?=.{{1,253}}\Z){_NAME}")
_NEXTHOP: Final = re.compile(rf"(?:\[[0-9A-Fa-f.:]+\]|\[{_NAME}\]|{_NAME})(?::[0-9]{{1,5}})?")


def not_allowed(value: str) -> Problem:
    """The sentence for what has no better one."""
    shown = value if len(value) <= 80 else f"{value[:80]}…"
    return Problem(
        "not_allowed",
        f"This value is not among those that may be installed: {shown}",
        f"この値は設置が許可されていません: {shown}",
    )


@dataclass(frozen=True, slots=True)
class Exact:
    """One of a few whole values, to the letter: paths, mostly."""

    values: tuple[str, ...]

    def problem(self, value: str) -> Problem | None:
        return None if value in self.values else not_allowed(value)


def exact(*values: str) -> Exact:
    return Exact(values)


@dataclass(frozen=True, slots=True)
class Each:
    """A list, parted by commas or blanks, whose every word one grammar takes."""

    word: Callable[[str], bool]
    may_be_empty: bool = True

    def problem(self, value: str) -> Problem | None:
        words = [word for word in re.split(r"[ ,]+", value) if word]
        if not words and not self.may_be_empty:
            return not_allowed(value)
        return next((not_allowed(word) for word in words if not self.word(word)), None)


@dataclass(frozen=True, slots=True)
class Either:
    """What one of several grammars takes; the complaint is the last one's."""

    grammars: tuple[ValueGrammar, ...]

    def problem(self, value: str) -> Problem | None:
        problems = [grammar.problem(value) for grammar in self.grammars]
        return None if None in problems else problems[-1]


def either(*grammars: ValueGrammar) -> Either:
    return Either(grammars)


@dataclass(frozen=True, slots=True)
class Shape:
    """A value of one shape, told by a regular expression."""

    pattern: str

    def problem(self, value: str) -> Problem | None:
        return None if re.fullmatch(self.pattern, value) else not_allowed(value)


def is_domain(word: str) -> bool:
    """A host or domain name in its ASCII form."""
    return _DOMAIN.fullmatch(word) is not None


def is_address(word: str) -> bool:
    """An IPv4 or IPv6 address, no name."""
    return any(_packs(family, word) for family in (socket.AF_INET, socket.AF_INET6))


def is_network(word: str) -> bool:
    """`192.0.2.1`, `192.0.2.0/24`, `[2001:db8::]/32`, with no host bits set and never a great part of the Internet.

    Host bits make smtpd die at its first client; 0.0.0.0/0, or its two halves, make an open relay. `postfix check` sees
    neither. The widest network that anybody owns is a /8, or a /16 of IPv6.
    """
    found = re.fullmatch(r"(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\])(?:/([0-9]{1,3}))?", word)
    if not found:
        return False
    family = socket.AF_INET if found[1] else socket.AF_INET6
    if not _packs(family, found[1] or found[2]):
        return False
    packed = int.from_bytes(socket.inet_pton(family, found[1] or found[2]), "big")
    width = 32 if found[1] else 128
    mask = int(found[3]) if found[3] else width
    widest = 8 if found[1] else 16
    return widest <= mask <= width and packed & ((1 << (width - mask)) - 1) == 0


def _packs(family: int, word: str) -> bool:
    try:
        socket.inet_pton(family, word)
    except (OSError, ValueError):
        return False
    return True


def is_nexthop(word: str) -> bool:
    """`host`, `[host]`, `[192.0.2.1]:25`."""
    return _NEXTHOP.fullmatch(word) is not None

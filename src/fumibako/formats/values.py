"""Grammars for the value of one parameter: what is good, said so that a person can mend what is not.

A grammar is a frozen value with one question, `problem(value)`. The same grammars serve the check of an administrator's
own parameters, beside the field, and the root process, which trusts nobody's check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Protocol

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LARGEST: Final = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value is refused; both languages, `code` is stable."""

    code: str
    en: str
    ja: str


class ValueGrammar(Protocol):
    """What one parameter's value may be."""

    def problem(self, value: str) -> Problem | None:
        """What is wrong with `value`, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number; sizes in bytes as well."""

    low: int = 0
    high: int = _LARGEST

    def problem(self, value: str) -> Problem | None:
        # Postfix reads with strtol and takes "010" as eight in places; one spelling is enough.
        if re.fullmatch(r"0|[1-9][0-9]{0,18}", value) and self.low <= int(value) <= self.high:
            return None
        return Problem(
            "not_a_number",
            f"Give a whole number from {self.low} to {self.high}.",
            f"{self.low} から {self.high} までの整数を指定してください。",
        )


@dataclass(frozen=True, slots=True)
class Time:
    """A time: a number with one of the units s, m, h, d, w, or a bare number in the parameter's own unit.

    Postfix takes a wrong unit without a word until a daemon dies of it, so it is checked here.
    """

    low: int = 0

    def problem(self, value: str) -> Problem | None:
        found = re.fullmatch(r"(0|[1-9][0-9]{0,8})([smhdw]?)", value)
        if found and self.low <= int(found[1]) * _UNITS[found[2] or "s"] <= _LARGEST:
            return None
        return Problem(
            "not_a_time",
            f"Give a time such as 300s, 5m, 4h or 5d{f', at least {self.low}s' if self.low else ''}.",
            f"300s、5m、4h、5d のような時間{f' ({self.low}s 以上)' if self.low else ''}を指定してください。",
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def problem(self, value: str) -> Problem | None:
        if value in self.words:
            return None
        return _one_of(self.words)


YES_NO: Final = Choice(("yes", "no"))


@dataclass(frozen=True, slots=True)
class Words:
    """A list of words, parted by commas or blanks; an empty list where `may_be_empty`."""

    words: tuple[str, ...]
    may_be_empty: bool = True
    may_negate: bool = False

    def problem(self, value: str) -> Problem | None:
        found = [word for word in re.split(r"[ ,]+", value) if word]
        known = all((word.removeprefix("!") if self.may_negate else word) in self.words for word in found)
        return None if known and (found or self.may_be_empty) else _one_of(self.words)


@dataclass(frozen=True, slots=True)
class Reply:
    """Plain reply text: letters, digits, blanks and harmless signs; never a macro, a map or a second line."""

    longest: int = 200
    pattern: str = r"[A-Za-z0-9 .,:;()\[\]/@_+*?!'&=-]*"

    def problem(self, value: str) -> Problem | None:
        if len(value) <= self.longest and re.fullmatch(self.pattern, value) and value == value.strip():
            return None
        return Problem(
            "not_plain_text",
            f"Give plain text of at most {self.longest} letters, digits and simple signs, without $.",
            f"英数字と簡単な記号だけの {self.longest} 文字以内の文を指定してください。$ は使えません。",
        )


@dataclass(frozen=True, slots=True)
class Pattern:
    """A value of one shape, said in words."""

    pattern: str
    en: str
    ja: str

    def problem(self, value: str) -> Problem | None:
        if re.fullmatch(self.pattern, value):
            return None
        return Problem("bad_shape", self.en, self.ja)


def reply_code(first: str) -> Pattern:
    """A three-digit SMTP reply code that begins with one of the digits in `first` (RFC 5321 §4.2)."""
    return Pattern(
        f"[{first}][0-5][0-9]",
        f"Give a three-digit reply code that begins with {' or '.join(first)}.",
        f"{' または '.join(first)} で始まる 3 桁の応答コードを指定してください。",
    )


def _one_of(words: tuple[str, ...]) -> Problem:
    shown = ", ".join(words)
    return Problem("not_a_choice", f"Choose from: {shown}.", f"次の中から選んでください: {shown}")

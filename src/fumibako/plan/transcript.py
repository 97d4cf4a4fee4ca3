"""What a server said in a session, without the parts that differ from one session to the next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Stage = Literal["clear", "tls"]

# Dates (RFC 5322 §3.3 and ISO), queue ids, process ids and Dovecot's session ids change without anything having changed.
_VOLATILE: Final = (
    (
        re.compile(
            r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{8} [+-]\d{4}(?: \([A-Z]+\))?"
        ),
        "DATE",
    ),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?\b"), "DATE"),
    (re.compile(r"\b(?:queued as|QID|session) [0-9A-Za-z]{8,}\b"), "ID"),
    (re.compile(r"<\d+\.\d+\.\d+@"), "<ID@"),  # an APOP stamp, RFC 1939 §7
)


# What Postfix says for a milter with default_action=tempfail, to MAIL and to STARTTLS.
_OUT_OF_REACH: Final = ("451 4.7.1 Service unavailable", "454 4.3.0 Try again later")


def masked(line: str) -> str:
    """The line with its volatile parts replaced by a word."""
    for pattern, word in _VOLATILE:
        line = pattern.sub(word, line)
    return line


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its reply, line by line as they came. `key` names the question (`ehlo`, `rcpt:a@b.example`)."""

    stage: Stage
    key: str
    reply: tuple[str, ...]

    @property
    def code(self) -> int | None:
        """The reply code of SMTP (RFC 5321 §4.2), None where there is none."""
        last = self.reply[-1] if self.reply else ""
        return int(last[:3]) if re.match(r"[2-5]\d\d(?:[ -]|$)", last) else None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A session with one service. `trouble` says why there was none or where it broke off (`refused`, `timeout`,
    `closed`, `tls: …`); what had been said until then is kept."""

    service: str
    exchanges: tuple[Exchange, ...] = ()
    trouble: str | None = None

    @property
    def answers(self) -> bool:
        """Whether a greeting came that is not a refusal."""
        greeting = self.find("greeting")
        return greeting is not None and bool(re.match(r"220|\+OK|\* OK", greeting.reply[0] if greeting.reply else ""))

    @property
    def deferred(self) -> bool:
        """Whether the server put us off because a milter is out of its reach, as one over TCP is in a trial: what it
        said then is nothing to compare."""
        return any(line.startswith(_OUT_OF_REACH) for each in self.exchanges for line in each.reply)

    def find(self, key: str, stage: Stage | None = None) -> Exchange | None:
        return next((each for each in self.exchanges if each.key == key and stage in (None, each.stage)), None)

    def lines(self, key: str, stage: Stage | None = None) -> tuple[str, ...]:
        found = self.find(key, stage)
        return tuple(masked(line) for line in found.reply) if found else ()


def ehlo_keywords(reply: Sequence[str]) -> dict[str, str]:
    """The extensions of an EHLO reply, each with its parameters (RFC 5321 §4.1.1.1); the first line is the name."""
    words: dict[str, str] = {}
    for line in reply[1:]:
        keyword, _, parameters = line[4:].strip().partition(" ")
        words[keyword.upper()] = parameters.strip()
    return words

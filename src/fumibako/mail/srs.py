"""The Sender Rewriting Scheme: an envelope sender of our own for mail that is forwarded, from which a bounce finds back.

A server that forwards a message with its sender unchanged fails the sender's SPF. So the sender becomes

    SRS0=hash=day=example.org=hanako@ours.example      (hanako@example.org, forwarded by ours.example)
    SRS1=hash=first.example==…@ours.example            (SRS0=…@first.example, forwarded once more)

and what comes back to such an address goes on to the one within it: only with a hash that we made, and for SRS0 only for
some weeks, so that nobody can send through us to whom he likes. All of it survives servers that change the case: hash and
day are base 32 in lower case, and the hash is over lower case.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final

from fumibako.mail.lexer import DOT_ATOM

LIFETIME: Final = 21  # days: longer than any server goes on trying
_HASH: Final = 8  # characters: 40 bits
_DAYS: Final = 1024  # two characters
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_REWRITTEN: Final = re.compile(r"srs([01])[=+-](.+)", re.IGNORECASE)
# A local part that needs no quotes (RFC 5321 §4.1.2, dot-string).
_PLAIN: Final = re.compile(DOT_ATOM)


class NotOurs(Exception):
    """The address was not made here, was tampered with, or is too old."""


class SenderRewriting:
    """`secrets` are the keys that may have signed, the one that signs first; `domain` is ours."""

    def __init__(self, secrets: Sequence[bytes], domain: str) -> None:
        assert secrets
        self._secrets = secrets
        self._domain = domain

    def forwarded(self, sender: str, today: int) -> str:
        """The sender for the way onward; the same where it cannot be one. `today` counts days."""
        local_part, _, domain = sender.rpartition("@")
        if not _PLAIN.fullmatch(local_part) or not domain:
            return sender
        found = _REWRITTEN.fullmatch(local_part)
        if found is None:
            signed = f"{_day(today)}={domain}={local_part}"
            return f"SRS0={self._hash(self._secrets[0], signed)}={signed}@{self._domain}"
        # Somebody forwarded it before: bounces go to the first of them, past those between.
        first, rest = domain, local_part[4:]
        if found[1] == "1":
            _, _, onward = found[2].partition("=")
            first, _, rest = onward.partition("=")
            if not first or not rest:
                return sender
        return f"SRS1={self._hash(self._secrets[0], f'{first}={rest}')}={first}={rest}@{self._domain}"

    def returned(self, address: str, today: int) -> str:
        """Where a bounce to an address that we made goes. Raises `NotOurs`."""
        local_part, _, _ = address.rpartition("@")
        found = _REWRITTEN.fullmatch(local_part)
        if found is None:
            raise NotOurs
        hash_, _, signed = found[2].partition("=")
        if not any(
            hmac.compare_digest(hash_.lower().encode(), self._hash(key, signed).encode()) for key in self._secrets
        ):
            raise NotOurs
        if found[1] == "1":
            first, _, rest = signed.partition("=")
            return f"SRS0{rest}@{first}"
        day, domain, sender = signed.split("=", 2)
        if (today - _number(day)) % _DAYS > LIFETIME:
            raise NotOurs
        return f"{sender}@{domain}"

    @staticmethod
    def _hash(secret: bytes, signed: str) -> str:
        made = hmac.new(secret, signed.lower().encode(), hashlib.sha256).digest()
        return base64.b32encode(made).decode().lower()[:_HASH]


def is_rewritten(address: str) -> bool:
    """Whether an address has the form of one that somebody rewrote."""
    return _REWRITTEN.fullmatch(address.rpartition("@")[0]) is not None


def _day(today: int) -> str:
    return _ALPHABET[today % _DAYS // 32] + _ALPHABET[today % 32]


def _number(day: str) -> int:
    return _ALPHABET.index(day[0].lower()) * 32 + _ALPHABET.index(day[1].lower())

"""Postfix's policy protocol, without input or output (SMTPD_POLICY_README): attributes in, an action out.

A question is `name=value` lines and an empty line, the answer `action=…` and an empty line; many questions come over one
connection, one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

# Postfix sends some thirty attributes; the longest are addresses, and names from a client's certificate.
REQUEST_LIMIT: Final = 64 * 1024
_ACTION: Final = re.compile(r"[ -~]{1,500}")


class Violation(Exception):
    """The other side does not speak the protocol; the connection is to be closed."""


@dataclass(frozen=True, slots=True)
class PolicyRequest:
    """One question, its attributes as they came; one that was not sent is empty."""

    attributes: Mapping[bytes, bytes]

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name.encode("ascii"), b"").decode("utf-8", "replace")

    @property
    def context(self) -> str:
        """Who is asked: `policy_context=` of the restriction that asks."""
        return self["policy_context"]


class PolicyParser:
    """Collects octets in pieces of any size and gives the questions that are complete."""

    def __init__(self) -> None:
        self._buffer = b""

    @property
    def idle(self) -> bool:
        """Nothing of a next question has come."""
        return not self._buffer

    def feed(self, data: bytes) -> Iterator[PolicyRequest]:
        """Raises `Violation`."""
        self._buffer += data
        while True:
            head, end, rest = self._buffer.partition(b"\n\n")
            if len(head) > REQUEST_LIMIT:
                raise Violation("request too long")
            if not end:
                return
            self._buffer = rest
            yield PolicyRequest(_attributes(head))


def _attributes(head: bytes) -> dict[bytes, bytes]:
    attributes = {}
    for line in head.split(b"\n"):
        name, equals, value = line.partition(b"=")
        if not equals or not name:
            raise Violation("not an attribute")
        attributes[name] = value
    return attributes


def answer(action: str) -> bytes:
    """The octets of an answer. An action is a line of printable ASCII: what is not is our own mistake."""
    assert _ACTION.fullmatch(action), action
    return b"action=%b\n\n" % action.encode("ascii")


def printable(text: str) -> str:
    """Text from outside (a list's reason, an address) made fit for an action."""
    if text.isascii() and text.isprintable():
        return text[:300]
    return "".join(sign if " " <= sign <= "~" else "?" for sign in text[:300])

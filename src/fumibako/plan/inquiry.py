"""One question to a server: would this client, with this envelope, be let through, and why.

It is put to the clone of a service over XCLIENT, up to RCPT; what a clone answers its listener answers, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from fumibako.plan.questions import OUTSIDER, PROBE_NAME, Command
from fumibako.plan.transcript import Transcript

SERVICES: Final = ("smtp", "submission", "smtps")
# The HELO name where nobody says one: what a probe says is in no statistics.
CLIENT_NAME: Final = PROBE_NAME
_XTEXT: Final = re.compile(r"[^!-*,-<>-~]")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """`client` is an address, `sender` and `recipient` are addresses in lower case with their domains as they are on the
    wire (the empty sender is the null path), `login` the account that has logged in, if one has."""

    sender: str
    recipient: str
    client: str = OUTSIDER
    helo: str = CLIENT_NAME
    login: str = ""
    service: str = "smtp"

    def as_json(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Inquiry:
        return cls(**{name: str(text) for name, text in value.items()})


@dataclass(frozen=True, slots=True)
class Name:
    """The client's name as Postfix knows it: the reverse name whose forward look-up gives the address back, else empty.
    `sure` says whether the name server could tell."""

    verified: str = ""
    sure: bool = True

    @property
    def attribute(self) -> str:
        """The value of XCLIENT's NAME."""
        return _xtext(self.verified) if self.verified else "[UNAVAILABLE]" if self.sure else "[TEMPUNAVAIL]"

    @property
    def known(self) -> str:
        return self.verified or "unknown"


def script(inquiry: Inquiry, name: Name) -> tuple[Command, ...]:
    """The session with a clone; a question whose reply is a refusal makes the next ones needless."""
    # XCLIENT may be given only after a greeting, and begins the session anew.
    return (FIRST, *introduction(inquiry, name), *envelope(inquiry))


FIRST: Final = Command("first", f"EHLO {CLIENT_NAME}")


def introduction(inquiry: Inquiry, name: Name) -> tuple[Command, ...]:
    """Who brings the message. Every attribute that a session ever says is said each time, so that nothing of an earlier
    client is left; the log-in is, where there is one, in all of a session's introductions."""
    address = f"IPV6:{inquiry.client}" if ":" in inquiry.client else inquiry.client
    who = f"XCLIENT ADDR={address} NAME={name.attribute}"
    if inquiry.login:
        who += f" LOGIN={_xtext(inquiry.login)}"
    return Command("xclient", who), Command("ehlo", f"EHLO {inquiry.helo}")


def envelope(inquiry: Inquiry) -> tuple[Command, ...]:
    return Command("mail", f"MAIL FROM:<{inquiry.sender}>"), Command("rcpt", f"RCPT TO:<{inquiry.recipient}>")


def last_word(said: Transcript) -> tuple[str, int | None]:
    """The reply to RCPT, or the refusal that came before it, and its code; neither where there is none."""
    last = next((each for each in reversed(said.exchanges) if each.key != "quit"), None)
    if last is None or not last.reply or last.code is None or (last.code < 400 and last.key != "rcpt"):
        return "", None
    return " ".join(last.reply), last.code


def _xtext(text: str) -> str:
    """RFC 3461 §4: what is not printable, `+` and `=` as `+XX`."""
    return _XTEXT.sub(lambda sign: "".join(f"+{octet:02X}" for octet in sign[0].encode()), text)

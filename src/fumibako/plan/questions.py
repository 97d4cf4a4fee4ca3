"""What the servers are asked: scripts of commands, the same for the server that serves and for the candidate.

None of them sends mail: no script has DATA. The name in EHLO is in .invalid (RFC 6761 §6.4), so that logs and statistics
know a probe. Senders are the null path, so that no answer depends on a name server that the trial cannot reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from fumibako.schema.edit import Edit

Protocol = Literal["smtp", "imap", "pop3"]

PROBE_NAME: Final = "probe.fumibako.invalid"
OUTSIDE_RECIPIENT: Final = "relay-probe@elsewhere.fumibako.invalid"
# A stranger, from TEST-NET-2 (RFC 5737): no configuration permits it by accident.
OUTSIDER: Final = "198.51.100.77"
UNKNOWN_USER: Final = "no-such-user.fumibako-probe"


@dataclass(frozen=True, slots=True)
class Command:
    """`key` names the question; `line` is sent. A quiet one only clears up, and its reply is not compared."""

    key: str
    line: str
    quiet: bool = False


RESET: Final = Command("reset", "RSET", quiet=True)
_EHLO: Final = Command("ehlo", f"EHLO {PROBE_NAME}")

# Asked of the real listener, in clear text or, where TLS comes first, within it.
SMTP: Final = (
    Command("mail-before-ehlo", "MAIL FROM:<>"),
    RESET,
    Command("vrfy", "VRFY postmaster"),
    _EHLO,
    Command("mail-without-brackets", f"MAIL FROM: probe@{PROBE_NAME}"),
    RESET,
    Command("mail", "MAIL FROM:<>"),
    RESET,
    # Last: Postfix remembers a size that it refused, and would refuse what comes next for it.
    Command("mail-too-large", "MAIL FROM:<> SIZE=99999999999999"),
    RESET,
)
SMTP_AFTER_STARTTLS: Final = (_EHLO, Command("mail", "MAIL FROM:<>"), RESET)
IMAP: Final = (Command("capability", "CAPABILITY"),)
POP3: Final = (Command("capability", "CAPA"),)


def protocol(service: str) -> Protocol:
    """The protocol that a service of the service table speaks."""
    if service.startswith("imap"):
        return "imap"
    return "pop3" if service.startswith("pop3") else "smtp"


def implicit_tls(service: str) -> bool:
    """Whether the session begins with TLS (RFC 8314 §3)."""
    return service in ("smtps", "imaps", "pop3s")


def opening(service: str) -> tuple[Command, ...]:
    return {"smtp": SMTP, "imap": IMAP, "pop3": POP3}[protocol(service)]


def after_starttls(service: str) -> tuple[Command, ...]:
    return {"smtp": SMTP_AFTER_STARTTLS, "imap": IMAP, "pop3": POP3}[protocol(service)]


def outsider(recipients: Sequence[str], address: str = OUTSIDER) -> tuple[Command, ...]:
    """A stranger's session with a service's clone: may it send elsewhere, and to whom here.

    Every recipient is asked in a transaction of its own, so that one refusal does not colour the next.
    """
    # XCLIENT is Postfix's own, and starts the session anew.
    commands = [
        Command("xclient", f"XCLIENT ADDR={address} NAME=[UNAVAILABLE]", quiet=True),
        Command("outsider-ehlo", f"EHLO {PROBE_NAME}", quiet=True),
    ]
    for recipient in (OUTSIDE_RECIPIENT, *recipients):
        commands += [
            Command(f"mail:{recipient}", "MAIL FROM:<>", quiet=True),
            Command(f"rcpt:{recipient}", f"RCPT TO:<{recipient}>"),
            RESET,
        ]
    return tuple(commands)


def touched_domains(edits: Iterable[Edit]) -> list[str]:
    """The domains that come or go, in the order of their edits."""
    return [edit.place[1] for edit in edits if edit.place[0] == "domains" and len(edit.place) == 2]


def touched_recipients(edits: Sequence[Edit]) -> list[str]:
    """Whom the edits to ask about may make known or unknown: an address of each domain that nobody has, and the accounts."""
    domains = [f"{UNKNOWN_USER}@{name}" for name in touched_domains(edits)]
    accounts = [edit.place[1] for edit in edits if edit.place[0] == "accounts" and edit.place[2:] in _RECEIVING]
    return [*domains, *dict.fromkeys(accounts)]


_RECEIVING: Final = ((), ("enabled",), ("may_receive",))

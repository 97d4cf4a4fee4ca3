"""The walk through a listener's checks, in their order, each asked of its real source: which one decides.

It reads the restrictions as Postfix does (access(5), SMTPD_ACCESS_README). What it cannot read it does not guess: then the
reply alone says what happens.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

from fumibako.assembly.restrictions import Check
from fumibako.plan.inquiry import Inquiry, Name
from fumibako.plan.questions import PROBE_NAME

Fate = Literal["passed", "permitted", "refused", "deferred", "not reached"]

_TABLE: Final = re.compile(r"proxy:sqlite:\S*/([^/\s,]+\.cf)")
_ACCESS: Final = re.compile(r"check_(client|sender|recipient|sasl)_access (.+)")
_STATIC: Final = re.compile(r"static:\{(.*)\}")
_POLICY: Final = re.compile(
    r"check_policy_service \{ .* policy_context=(?P<context>[^\s,]+), .* default_action=(?P<without>[^}]+) \}"
)
_ROUTED: Final = re.compile(r"[@%!]")
_REPLY: Final = re.compile(r"([45])[0-9]{2} .*")
_STAGES: Final = ("smtpd_sender_restrictions", "smtpd_relay_restrictions", "smtpd_recipient_restrictions")


class Unreadable(Exception):
    """A restriction or an action that the walk does not know."""


class Sources(Protocol):
    """Where the checks' answers come from."""

    def value(self, parameter: str) -> str:
        """A parameter of main.cf, empty where it is not there."""
        ...

    def maps(self, parameter: str) -> Sequence[str]:
        """The tables that a parameter of main.cf names."""
        ...

    def found(self, table: str, key: str) -> str | None:
        """What a table has for a key."""
        ...

    def action(self, context: str, attributes: Mapping[str, str]) -> str | None:
        """What the mail filter's answerer of that name says, None where nobody answers."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A check and what became of it. `key` is what the source was asked for, `action` what it said: where it refuses, the
    reply's code and the words that are in it."""

    check: Check
    fate: Fate
    key: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """`decisive` is the check that decided, None where the recipient is served here and nothing stood against it."""

    asked: tuple[Asked, ...]
    decisive: Asked | None

    @property
    def permitted(self) -> bool:
        return any(each.fate == "permitted" for each in self.asked)

    def agrees_with(self, reply: str) -> bool:
        """Whether a server's last reply is what the walk expects."""
        if self.decisive is None or self.decisive.fate == "permitted":
            return reply.startswith("2")
        code, _, words = self.decisive.action.partition(" ")
        without_status = re.sub(r"^[245]\.[0-9]{1,3}\.[0-9]{1,3} ", "", words)
        return reply.startswith(code) and without_status.lower() in reply.lower()


@dataclass(frozen=True, slots=True)
class _Said:
    fate: Fate
    key: str = ""
    action: str = ""


_PASSED: Final = _Said("passed")


def walk(checks: Mapping[str, Sequence[Check]], inquiry: Inquiry, name: Name, sources: Sources) -> Walk:
    """Raises `Unreadable`, and what the sources raise."""
    asked: list[Asked] = []
    decisive: Asked | None = None
    deferred: Asked | None = None
    for stage in _STAGES:
        permitted = False
        for check in checks[stage]:
            over = permitted or (decisive is not None and decisive.fate == "refused")
            said = _Said("not reached") if over else _said(check.words, inquiry, name, sources)
            each = Asked(check, said.fate, said.key, said.action)
            asked.append(each)
            match said.fate:
                case "permitted":
                    permitted = True
                    decisive = decisive or each
                case "refused":
                    decisive = each
                case "deferred":
                    deferred = deferred or each
    if deferred is not None and (decisive is None or decisive.fate != "refused"):
        decisive = deferred
    return Walk(tuple(asked), decisive)


def _said(words: str, inquiry: Inquiry, name: Name, sources: Sources) -> _Said:
    local_part, _, domain = inquiry.recipient.rpartition("@")
    match words:
        case "permit_mynetworks":
            return _own_network(inquiry.client, sources)
        case "permit_sasl_authenticated":
            return _Said("permitted", inquiry.login) if inquiry.login else _PASSED
        case "reject":
            return _Said("refused", "", "554 5.7.1 Recipient address rejected: Access denied")
        case "reject_unauth_destination":
            # Signs of a route in the local part: mail that somebody else might relay on (`allow_untrusted_routing`).
            served = not _ROUTED.search(local_part) and _served(sources, domain)
            return _PASSED if served else _Said("refused", domain, "554 5.7.1 Relay access denied")
        case "reject_unlisted_recipient":
            known = not _served(sources, domain) or listed(inquiry.recipient, sources)
            return _PASSED if known else _Said("refused", inquiry.recipient, "550 5.1.1 User unknown")
        case "reject_authenticated_sender_login_mismatch":
            return _owned(inquiry, sources)
    if policy := _POLICY.fullmatch(words):
        return _read("", sources.action(policy["context"], attributes(inquiry, name)) or policy["without"])
    if access := _ACCESS.fullmatch(words):
        for key in _keys(access[1], inquiry, name):
            if (action := _looked_up(access[2], key, sources)) is not None:
                return _in_class(action, key, inquiry, name, sources) or _read(key, action)
        return _PASSED
    raise Unreadable(words)


def _in_class(action: str, key: str, inquiry: Inquiry, name: Name, sources: Sources) -> _Said | None:
    """What a restriction class says, where the action names one (RESTRICTION_CLASS_README); ours are one restriction long."""
    if action not in sources.value("smtpd_restriction_classes").split(", "):
        return None
    said = _said(sources.value(action), inquiry, name, sources)
    return replace(said, key=said.key or key)


def _owned(inquiry: Inquiry, sources: Sources) -> _Said:
    """Whether who has logged in may send as the sender; a sender that nobody owns is nobody's to send as."""
    if not inquiry.login or not inquiry.sender:
        return _PASSED
    keys = (inquiry.sender, f"@{inquiry.sender.rpartition('@')[2]}")
    tables = sources.maps("smtpd_sender_login_maps")
    owners = next((found for key in keys for table in tables if (found := sources.found(table, key)) is not None), "")
    if inquiry.login in owners.lower().split(","):
        return _PASSED
    return _Said("refused", inquiry.login, "553 5.7.1 Sender address rejected: not owned by user")


def listed(address: str, sources: Sources) -> bool:
    """Whether somebody here has the address, or a catch-all takes it."""
    keys = [address, f"@{address.rpartition('@')[2]}"]
    return _any(sources, "virtual_alias_maps", keys) or _any(sources, "virtual_mailbox_maps", keys)


def is_loopback(client: str) -> bool:
    return ipaddress.ip_address(client).is_loopback


def attributes(inquiry: Inquiry, name: Name) -> dict[str, str]:
    """What a policy service hears. The name in HELO is a probe's: nobody counts what was only asked."""
    return {
        "protocol_state": "RCPT",
        "protocol_name": "ESMTP",
        "helo_name": PROBE_NAME,
        "sender": inquiry.sender,
        "recipient": inquiry.recipient,
        "client_address": inquiry.client,
        "client_name": name.known,
        "reverse_client_name": name.known,
        "sasl_username": inquiry.login,
        "size": "0",
    }


def _own_network(client: str, sources: Sources) -> _Said:
    if is_loopback(client) or _any(sources, "mynetworks", [client]):
        return _Said("permitted", client)
    return _PASSED


def _served(sources: Sources, domain: str) -> bool:
    """Whether mail for the domain is taken here, or for a few names in it."""
    return any(_any(sources, name, [domain]) for name in ("virtual_mailbox_domains", "virtual_alias_domains"))


def _any(sources: Sources, parameter: str, keys: Sequence[str]) -> bool:
    return any(sources.found(table, key) is not None for table in sources.maps(parameter) for key in keys)


def _keys(kind: str, inquiry: Inquiry, name: Name) -> Iterator[str]:
    """What Postfix asks a table for, nearest first."""
    match kind:
        case "client":
            if name.verified:
                yield from _domains(name.verified.lower())
            yield from _addresses(inquiry.client)
        case "sasl":
            if inquiry.login:
                yield inquiry.login
        case "sender" if not inquiry.sender:
            yield "<>"
        case _:
            address = inquiry.sender if kind == "sender" else inquiry.recipient
            local_part, _, domain = address.rpartition("@")
            yield address
            yield from _domains(domain)
            yield f"{local_part}@"


def _domains(domain: str) -> Iterator[str]:
    """The domain, then those above it with the dot in front (`parent_domain_matches_subdomains` is empty here)."""
    yield domain
    while dot := domain.find(".", 1) + 1:
        domain = domain[dot - 1 :]
        yield domain


def _addresses(client: str) -> Iterator[str]:
    """The address, then the networks above it, an octet or a group at a time."""
    sign = ":" if ":" in client else "."
    while client:
        yield client
        client = client.rpartition(sign)[0]


def _looked_up(source: str, key: str, sources: Sources) -> str | None:
    if static := _STATIC.fullmatch(source):
        return static[1]
    if table := _TABLE.fullmatch(source):
        return sources.found(table[1], key)
    raise Unreadable(source)


def _read(key: str, action: str) -> _Said:
    """An access(5) action."""
    word, _, rest = action.partition(" ")
    match word.upper():
        case "DUNNO":
            return _Said("passed", key)
        case "OK" | "PERMIT":
            return _Said("permitted", key)
        case "DEFER_IF_PERMIT":
            return _Said("deferred", key, f"450 {rest}")
    if _REPLY.fullmatch(action):
        return _Said("refused", key, action)
    raise Unreadable(action)


def tables_in(value: str) -> list[str]:
    """The look-up tables that a parameter's value names."""
    return _TABLE.findall(value)

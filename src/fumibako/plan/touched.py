"""Which messages a change may treat differently: questions derived from its edits, for the live server and the candidate.

Every entry that comes, goes or changes is asked about; of a client's range an address within it and the one beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final, Literal

from fumibako.mail.address_range import BITS, AddressRange, text_of
from fumibako.mail.client_pattern import Named, parse_client
from fumibako.mail.malformed import Malformed
from fumibako.plan.inquiry import SERVICES, Inquiry, Name
from fumibako.plan.questions import OUTSIDER, PROBE_NAME
from fumibako.schema.edit import Edit
from fumibako.schema.place import written

Kind = Literal["client", "sender", "route", "from", "alias", "account", "machine"]

ELSEWHERE: Final = "somebody@elsewhere.fumibako.invalid"
_SOMEBODY: Final = "somebody"
_MACHINE: Final = "127.0.0.1"
# Strangers of whom one at least is in no range that an administrator permits: documentation (RFC 5737), benchmarks (RFC 2544).
_OUTSIDERS: Final = (OUTSIDER, "203.0.113.77", "192.0.2.77", "198.18.0.77", "198.19.255.77")


@dataclass(frozen=True, slots=True)
class Question:
    """`about` is what a person knows it by: a client, a sender, a domain; `path` the entry that it comes from. The client's
    name is `name` where that is what is asked about, else nobody looks it up."""

    kind: Kind
    about: str
    inquiry: Inquiry
    path: str
    name: Name = Name()  # noqa: RUF009  # a frozen value


def questions(edits: Sequence[Edit], recipient: str | None) -> tuple[Question, ...]:
    """`edits` are those to ask about (`plan.asked_entries`); `recipient` is somebody here whom the change does not touch,
    None where there is nobody."""
    found = [question for kind in _KINDS for question in _of_kind(kind, edits, recipient)]
    return tuple({(each.kind, each.about): each for each in reversed(found)}.values())[::-1]


_KINDS: Final[tuple[Kind, ...]] = ("client", "sender", "route", "from", "alias", "account", "machine")


def unpermitted(permitted: Iterable[str]) -> str:
    """A stranger's address that none of these entries permits."""
    ranges = list(_ranges(permitted))
    free = (each for each in _OUTSIDERS if not any(wide.covers(_alone(each)) for wide in ranges))
    return next(free, OUTSIDER)


def _of_kind(kind: Kind, edits: Sequence[Edit], recipient: str | None) -> Iterator[Question]:
    asked_of_services = False
    for edit in edits:
        match kind, edit.place:
            case "client", ("access", "permitted_clients", entry):
                yield from _client(entry, written(edit.place))
            case "sender", ("spam", "blocked_senders", entry) if recipient is not None:
                sender = entry if not entry.startswith("@") else f"{_SOMEBODY}{entry}"
                yield Question("sender", entry, Inquiry(sender, recipient), written(edit.place))
            case "route", ("relay", "domains", domain):
                yield _route(domain, written(edit.place))
            case "route", ("relay", "default"):
                yield _route("", "relay.default")
            case "from", ("relay", "senders", domain):
                sender = f"{_SOMEBODY}@{_host(domain)}"
                yield Question("from", domain, Inquiry(sender, ELSEWHERE, _MACHINE), written(edit.place))
            case "alias", ("aliases", alias, *_):
                to = alias if not alias.startswith("@") else f"{_SOMEBODY}{alias}"
                yield Question("alias", alias, Inquiry("", to), f"aliases/{alias}")
            case "alias", ("accounts", account, "forward" | "keep_copy"):
                yield Question("alias", account, Inquiry("", account), f"accounts/{account}")
            case "account", ("accounts", account, "enabled" | "may_send"):
                inquiry = Inquiry(account, ELSEWHERE, login=account, service="submission")
                yield Question("account", account, inquiry, f"accounts/{account}")
            case "machine", ("basics", "services", name, _) if name in SERVICES and not asked_of_services:
                asked_of_services = True
                for service in SERVICES:
                    inquiry = Inquiry("", ELSEWHERE, _MACHINE, service=service)
                    yield Question("machine", service, inquiry, f"basics.services.{service}")


def _client(entry: str, path: str) -> Iterator[Question]:
    def asked(address: str, about: str, name: Name = Name()) -> Question:  # noqa: B008  # a frozen value
        return Question("client", about, Inquiry("", ELSEWHERE, address, PROBE_NAME), path, name)

    try:
        pattern = parse_client(entry)
    except Malformed:
        return
    if isinstance(pattern, Named):
        yield asked(OUTSIDER, pattern.domain.ascii, Name(pattern.domain.ascii))
        return
    wide = pattern.range
    inside = min(wide.low + 1, wide.high)
    yield asked(text_of(wide.version, inside), text_of(wide.version, inside))
    beside = wide.high + 1 if wide.high + 1 < 1 << BITS[wide.version] else wide.low - 1
    yield asked(text_of(wide.version, beside), text_of(wide.version, beside))


def _route(domain: str, path: str) -> Question:
    """Where mail goes that this server itself sends there; without a domain, anywhere else."""
    to = f"{_SOMEBODY}@{_host(domain)}" if domain else ELSEWHERE
    return Question("route", domain, Inquiry("", to, _MACHINE), path)


def _host(domain: str) -> str:
    """A domain that a route's key means: for those under one, some such."""
    return f"host{domain}" if domain.startswith(".") else domain


def _ranges(entries: Iterable[str]) -> Iterator[AddressRange]:
    for entry in entries:
        try:
            pattern = parse_client(entry)
        except Malformed:
            continue
        if not isinstance(pattern, Named):
            yield pattern.range


def _alone(address: str) -> AddressRange:
    number = int(IPv4Address(address))
    return AddressRange(4, number, number)

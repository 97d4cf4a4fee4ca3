"""The way that an accepted message would take: aliases expanded, then for each recipient the mailbox, the relay or the
MX, by the very look-ups that Postfix makes (virtual(5), transport(5))."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from fumibako.plan.walk import Sources

HopKind = Literal["scanner", "alias", "mailbox", "relay", "mx", "return", "full", "nowhere"]

MOST_HOPS: Final = 50
_DEEPEST: Final = 100
_ACCOUNTS_FORWARD: Final = "forwards.cf"
_FORWARDED: Final = "forward:"
_ADMINISTRATOR: Final = "administrator.cf"
_FORWARD: Final = "forward.invalid"


class RouteSources(Sources, Protocol):
    def is_full(self, address: str) -> bool:
        """Whether the mailbox is over its limit."""
        ...

    def full_targets(self, alias: str) -> list[str]:
        """The targets of an alias whose mailboxes are full."""
        ...


@dataclass(frozen=True, slots=True)
class Hop:
    """`address` is an alias or a recipient; `nexthop` says where it leads: an alias's targets, a relay (`[HOST]:PORT`), a
    domain whose MX is asked. `section` and `entry` name what says so; `full` is said of a mailbox."""

    kind: HopKind
    address: str
    nexthop: str = ""
    section: str = ""
    entry: str = ""
    full: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "address": self.address,
            "nexthop": self.nexthop,
            "section": self.section,
            "entry": self.entry,
            "full": self.full,
        }


def route(sender: str, recipient: str, sources: RouteSources) -> tuple[Hop, ...]:
    """The hops in the order of a message's life; of a long list the first."""
    hops: list[Hop] = []
    if scanner := sources.value("content_filter").partition(":")[2]:
        hops.append(Hop("scanner", recipient, scanner, "basics.content_filter"))
    reached: list[str] = []
    for hop in _expanded(recipient, sources, reached):
        hops.append(hop)
        if len(hops) >= MOST_HOPS:
            return tuple(hops)
    for address in dict.fromkeys(reached):
        hops.append(_delivery(sender, address, sources))
        if len(hops) >= MOST_HOPS:
            break
    return tuple(hops)


def _expanded(recipient: str, sources: RouteSources, reached: list[str]) -> Iterator[Hop]:
    """The aliases on the way; what is none is put into `reached`."""
    waiting, seen = [recipient], set[str]()
    for _ in range(_DEEPEST * MOST_HOPS):
        if not waiting:
            return
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        section, alias, targets = _targets(address, sources)
        if targets is None or targets == [address]:
            reached.append(address)
            continue
        yield Hop("alias", address, ", ".join(unmarked(each) or each for each in targets), section, alias)
        for full in sources.full_targets(alias) if alias else ():
            if full not in targets:  # passed over: another one has room
                yield Hop("full", full, "", "quotas", full, full=True)
        if address in targets:
            reached.append(address)
        waiting += targets


def _targets(address: str, sources: RouteSources) -> tuple[str, str, list[str] | None]:
    """Whose row says so (`aliases`, or `accounts` of an account that forwards; the administrator's option has no key), its
    key, and where it leads."""
    for key in (address, f"@{address.rpartition('@')[2]}"):
        for table in sources.maps("virtual_alias_maps"):
            if (found := sources.found(table, key)) is not None:
                targets = [each.strip() for each in found.split(",")]
                if table == _ADMINISTRATOR:
                    return "basics.administrator", "", targets
                return "accounts" if table == _ACCOUNTS_FORWARD else "aliases", key, targets
    return "", "", None


def _delivery(sender: str, address: str, sources: RouteSources) -> Hop:
    domain = address.rpartition("@")[2]
    if _first(sources, "virtual_mailbox_domains", [domain]) is not None:
        known = _first(sources, "virtual_mailbox_maps", [address, f"@{domain}"]) is not None
        kind: HopKind = "mailbox" if known else "nowhere"
        return Hop(kind, address, "", "accounts", address, known and sources.is_full(address))
    if (by_domain := _first(sources, "transport_maps", [address, domain])) is not None:
        if by_domain.startswith(_FORWARDED):
            return _forwarded(sender, address, sources)
        return Hop("relay", address, _nexthop(by_domain), "relay.domains")
    keys = [sender, f"@{sender.rpartition('@')[2]}"] if sender else ["<>"]
    if (by_sender := _first(sources, "sender_dependent_default_transport_maps", keys)) is not None:
        return Hop("relay", address, _nexthop(by_sender), "relay")
    return Hop("mx", address, domain)


def _forwarded(sender: str, address: str, sources: RouteSources) -> Hop:
    """The way of a marked address (`features.aliases.marks`): the mark comes off, and a foreign sender becomes one of
    ours."""
    if not (real := unmarked(address)):
        return Hop("return", address)
    if sender and _first(sources, "virtual_mailbox_domains", [sender.rpartition("@")[2]]) is None:
        sender = f"srs0@{sources.value('myorigin')}"
    return _delivery(sender, real, sources)


def unmarked(address: str) -> str:
    """The target elsewhere that an alias leads to: `user=far.example@forward.invalid` is user@far.example. Empty for a
    returning bounce, whose real recipient only the mail filter reads."""
    local_part, _, domain = address.rpartition("@")
    user, _, elsewhere = local_part.rpartition("=")
    return f"{user}@{elsewhere}" if domain == _FORWARD and user else ""


def _first(sources: RouteSources, parameter: str, keys: Sequence[str]) -> str | None:
    """The first result; Postfix asks every table for a key before it comes to the next key."""
    results = (sources.found(table, key) for key in keys for table in sources.maps(parameter))
    return next((found for found in results if found is not None), None)


def _nexthop(transport: str) -> str:
    """The next hop of `transport:nexthop`."""
    return transport.partition(":")[2]

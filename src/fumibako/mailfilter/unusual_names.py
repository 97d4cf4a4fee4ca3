"""Asking for names that c-ares refuses: it takes letters, digits and `-_./*` alone, and SPF's macros make names of whatever
stands in an address, `o'hara` or `a+b@` (RFC 7208 §7). Rare, so imported when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.resolver

from fumibako.mailauth.resolver import Answer

_VALUES: Final[dict[str, Callable[[Any], Any]]] = {
    "TXT": lambda data: b"".join(data.strings),
    "A": lambda data: IPv4Address(data.address),
    "AAAA": lambda data: IPv6Address(data.address),
    "MX": lambda data: (data.preference, data.exchange.to_text(omit_final_dot=True).lower()),
}


async def asked(name: str, kind: str, servers: Sequence[str], seconds: float) -> tuple[Answer[Any], float | None]:
    """The answer, and for how many seconds its owner lets it be kept. The octets of `name` are what they are: nothing in it is
    an escape. Raises `ValueError` for what is no name."""
    try:
        asking = dns.name.Name([*(label.encode("ascii") for label in name.split(".")), b""])
        resolver = dns.asyncresolver.Resolver(configure=not servers)
        if servers:
            resolver.nameservers = [_server(each) for each in servers]
        found = await resolver.resolve(asking, kind, raise_on_no_answer=False, search=False, lifetime=seconds)
    except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel):
        return Answer("nxdomain"), None
    except (dns.exception.DNSException, OSError):
        return Answer("failed"), None
    if not found.rrset:
        return Answer("nodata"), None
    return Answer("found", tuple(_VALUES[kind](data) for data in found.rrset)), float(found.rrset.ttl)


def _server(written: str) -> dns.nameserver.Nameserver:
    address, _, port = written.rpartition(":")
    return dns.nameserver.Do53Nameserver(address.strip("[]"), int(port))

"""Whose message is it? The same questions as Postfix's own: who may send here gets a signature, all others are checked.

Postfix has no macro for "permitted", so the filter asks the same look-ups by the client's address and verified name. Mail that
came in without SMTP (a program on this machine, a bounce) is told by the port 0 that Postfix gives for it.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from fumibako.formats.filter_json import FilterConf
from fumibako.mailauth.spf.result import ClientAddress
from fumibako.mailfilter.lookups import LookupReader
from fumibako.milter.commands import Connect

Standing = Literal["outside", "permitted", "authenticated", "local"]

_BY_ADDRESS: Final = "SELECT 1 FROM permitted_addresses WHERE low <= ?1 AND high >= ?1"
_BY_NAME: Final = "SELECT 1 FROM permitted_names WHERE name IN (%s)"
_MOST_LABELS: Final = 127


@dataclass(frozen=True, slots=True)
class Client:
    """Who connected: `address` is None where nobody can say (a scanner that does not name its clients), `name` is the verified
    host name or empty, `local` that no SMTP client was there."""

    address: ClientAddress | None
    name: str = ""
    local: bool = False


def client_of(connect: Connect, door: str, conf: FilterConf) -> Client:
    """`door` is the listener's name (`{daemon_name}`)."""
    if connect.family not in {"inet", "inet6"}:
        return Client(None)
    try:
        address = ipaddress.ip_address(connect.address.decode("ascii", "replace"))
    except ValueError:
        return Client(None)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback and connect.port == 0:
        return Client(address, local=True)
    if address.is_loopback and door == "smtp" and conf.behind_scanner:
        return Client(None)
    host = connect.host.decode("ascii", "replace").lower()
    return Client(address, "" if host.startswith("[") or host == "unknown" else host.rstrip("."))


def standing(client: Client, login: str, lookups: LookupReader) -> Standing:
    """Raises `LookupsAway`."""
    if login:
        return "authenticated"
    if client.local:
        return "local"
    if client.address is None:
        return "outside"
    if client.address.is_loopback:
        return "permitted"
    # A domain's row has a dot in front for the hosts under it.
    labels = client.name.split(".")[-_MOST_LABELS:] if client.name else []
    names = [client.name, *("." + ".".join(labels[place:]) for place in range(1, len(labels)))] if labels else []
    return "permitted" if lookups.has(_query(len(names)), _digits(client.address), *names) else "outside"


@cache
def _query(names: int) -> str:
    """Is the address permitted, or one of so many names? In one question, for it is asked for every message."""
    by_name = _BY_NAME % ", ".join("?" * names)
    return f"{_BY_ADDRESS} UNION ALL {by_name} LIMIT 1" if names else f"{_BY_ADDRESS} LIMIT 1"


def _digits(address: ClientAddress) -> str:
    """32 hexadecimal digits, IPv4 mapped into IPv6, as the table has them."""
    number = int(address) | (0xFFFF << 32 if address.version == 4 else 0)
    return f"{number:032x}"

"""Whose message is it? The same questions as Postfix's own: who may send here gets a signature, all others are checked.

Postfix has no macro for "permitted", so the filter asks the same look-ups by the client's address and verified name. Mail that
came in without SMTP (a program on this machine, a bounce) is told by the port 0 that Postfix gives for it.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final, Literal

from fumibako.formats.filter_json import FilterConf
from fumibako.mailauth.spf.result import ClientAddress
from fumibako.mailfilter.lookups import LookupReader
from fumibako.milter.commands import Connect

Standing = Literal["outside", "permitted", "authenticated", "local"]

_BY_ADDRESS: Final = "SELECT 1 FROM permitted_addresses WHERE low <= ? AND high >= ? LIMIT 1"
_BY_NAME: Final = "SELECT 1 FROM permitted_names WHERE name = ?"


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
    if client.address.is_loopback or lookups.has(_BY_ADDRESS, *[_digits(client.address)] * 2):
        return "permitted"
    # A domain's row has a dot in front for the hosts under it.
    labels = client.name.split(".") if client.name else []
    names = [client.name, *("." + ".".join(labels[place:]) for place in range(1, len(labels)))] if labels else []
    return "permitted" if any(lookups.has(_BY_NAME, name) for name in names) else "outside"


def _digits(address: ClientAddress) -> str:
    """32 hexadecimal digits, IPv4 mapped into IPv6, as the table has them."""
    number = int(address) | (0xFFFF << 32 if address.version == 4 else 0)
    return f"{number:032x}"

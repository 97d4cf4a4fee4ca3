"""Asking the name servers that answer for a zone, each of them, without a cache between.

A resolver finds them (the one of the settings, else the system's); they themselves say what is published. What a server
does not answer with authority, within two seconds and one more attempt, is not answered.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import dns.asyncquery
import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.resolver

_PATIENCE: Final = 2.0  # seconds for one question to one address
_LIFETIME: Final = 5.0  # for what a resolver is asked
_TOGETHER: Final = 16  # questions at a time
_MOST: Final = 13  # servers of a zone; more than that no zone has for a good reason
_UDP: Final = 1232  # what fits everywhere (DNS flag day 2020)

# What may go wrong between us and a server; dnspython's own errors are all of the first kind.
AWAY: Final = (dns.exception.DNSException, OSError, EOFError)


@dataclass(frozen=True, slots=True)
class Server:
    """A name server by its host name (or address), and where it is asked."""

    name: str
    addresses: tuple[str, ...]
    port: int = 53


@dataclass(frozen=True, slots=True)
class Answer:
    """The records of a name and type as one server has them; none where it says that there are none."""

    rdatas: tuple[dns.rdata.Rdata, ...] = ()
    ttl: int | None = None

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(value_of(rdata) for rdata in self.rdatas)


def value_of(rdata: dns.rdata.Rdata) -> str:
    """A record's data as `zone.Record.value` has it; octets of a text one character each."""
    if rdata.rdtype == dns.rdatatype.TXT:
        return b"".join(rdata.strings).decode("latin-1")  # type: ignore[attr-defined]
    return rdata.to_text()


class NameServers:
    def __init__(self, resolvers: Sequence[str] = ()) -> None:
        """`resolvers` as the settings have them, `ADDRESS:PORT`; empty: the system's. Raises `NoResolverConfiguration`, a
        `DNSException`, where the system has none."""
        self._resolver = dns.asyncresolver.Resolver(configure=not resolvers)
        if resolvers:
            self._resolver.nameservers = [_resolver(each) for each in resolvers]
        self._resolver.lifetime = _LIFETIME
        self._turn = asyncio.Semaphore(_TOGETHER)

    async def of(self, name: str) -> tuple[str, list[Server]]:
        """The zone that a name is in, and the servers that answer for it. Raises what is in `AWAY`."""
        zone = await dns.asyncresolver.zone_for_name(name, resolver=self._resolver)
        hosts = sorted(str(each.target) for each in await self._resolver.resolve(zone, "NS"))
        return _bare(zone), await self._servers(hosts)

    async def known_to(self, primary: Server, zone: str) -> list[Server]:
        """The primary, and the servers that it names for the zone."""
        answer = await self.ask(primary, zone, "NS")
        hosts = sorted(str(each.target) for each in answer.rdatas) if isinstance(answer, Answer) else []  # type: ignore[attr-defined]
        others = await self._servers(hosts)
        known = set(primary.addresses)
        return [primary, *(each for each in others if not (known & set(each.addresses) and each.port == primary.port))]

    async def server(self, host: str, port: int = 53) -> Server:
        """A server by its address or host name; without an address where the name has none."""
        try:
            return Server(host, (str(ipaddress.ip_address(host)),), port)
        except ValueError:
            return Server(host, await self._addresses(host), port)

    async def ask(self, server: Server, name: str, type_: str) -> Answer | None:
        """What a server says of a name; None where it does not answer for it. An alias is followed by the resolver; a name
        that the server has delegated away is asked where it lives now, its servers' words taken together."""
        message = await self._asked(server, name, type_)
        if message is None or message.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return None
        if not message.flags & dns.flags.AA:
            return await self._delegated(message, name, type_)
        asked = message.question[0]
        found = message.get_rrset(message.answer, asked.name, asked.rdclass, asked.rdtype)
        if found is not None:
            return Answer(tuple(found), found.ttl)
        alias = message.get_rrset(message.answer, asked.name, asked.rdclass, dns.rdatatype.CNAME)
        return Answer() if alias is None else await self.resolved(str(alias[0].target), type_)

    async def _asked(self, server: Server, name: str, type_: str) -> dns.message.Message | None:
        query = dns.message.make_query(name, type_, use_edns=0, payload=_UDP)
        query.flags &= ~dns.flags.RD
        for address in server.addresses:
            for _ in range(2):
                try:
                    async with self._turn:
                        message, _tcp = await dns.asyncquery.udp_with_fallback(
                            query, address, timeout=_PATIENCE, port=server.port, ignore_unexpected=True
                        )
                except dns.exception.Timeout:
                    continue
                except AWAY:
                    break
                return message
        return None

    async def _delegated(self, message: dns.message.Message, name: str, type_: str) -> Answer | None:
        if message.answer or not any(each.rdtype == dns.rdatatype.NS for each in message.authority):
            return None
        return await self.resolved(name, type_)

    async def resolved(self, name: str, type_: str) -> Answer | None:
        """What a resolver says of a name, whoever answers for it; None where it does not know."""
        try:
            found = await self._resolver.resolve(name, type_, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return Answer()
        except AWAY:
            return None
        return Answer(tuple(found.rrset), found.rrset.ttl) if found.rrset else Answer()

    async def _servers(self, hosts: Sequence[str]) -> list[Server]:
        addresses = await asyncio.gather(*(self._addresses(host) for host in hosts[:_MOST]))
        return [Server(host.rstrip("."), each) for host, each in zip(hosts, addresses, strict=False)]

    async def _addresses(self, host: str) -> tuple[str, ...]:
        async def of_type(type_: str) -> list[str]:
            answer = await self.resolved(host, type_)
            return [rdata.to_text() for rdata in answer.rdatas] if answer else []

        four, six = await asyncio.gather(of_type("A"), of_type("AAAA"))
        return (*four[:2], *six[:2])


def _resolver(written: str) -> dns.nameserver.Nameserver:
    address, _, port = written.rpartition(":")
    return dns.nameserver.Do53Nameserver(address.strip("[]"), int(port))


def _bare(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()

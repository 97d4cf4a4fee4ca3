"""The questions that mail authentication asks of the DNS. Whoever has a network answers them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar

Record = TypeVar("Record", covariant=True)

Outcome: TypeAlias = Literal["found", "nodata", "nxdomain", "failed"]
"""`nodata`: the name exists, not with such records; `failed`: no answer that can be trusted (time-out, SERVFAIL, a CNAME
loop, an answer that is too large): the question may be asked again later."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[Record]):
    """What the DNS said. There are records exactly when the outcome is `found`."""

    outcome: Outcome
    records: tuple[Record, ...] = ()

    @property
    def void(self) -> bool:
        """There are no records, for certain (RFC 7208 §4.6.4)."""
        return self.outcome in {"nodata", "nxdomain"}


class Resolver(Protocol):
    """Looks names up. Names come in A-labels without a final dot; aliases (CNAME) are followed. Nothing is raised.

    A text record's strings come joined without anything between them, as SPF (RFC 7208 §3.3), DKIM (RFC 6376 §3.6.2.2) and
    DMARC all want it. Time-outs and caches are the resolver's; so is sharing one look-up among those who wait for it.
    """

    async def txt(self, name: str) -> Answer[bytes]: ...

    async def a(self, name: str) -> Answer[IPv4Address]: ...

    async def aaaa(self, name: str) -> Answer[IPv6Address]: ...

    async def mx(self, name: str) -> Answer[tuple[int, str]]:
        """Preference and host; a null MX (RFC 7505) has the host ``""``."""
        ...

    async def ptr(self, address: IPv4Address | IPv6Address) -> Answer[str]: ...

"""What an SPF check says (RFC 7208 §2.6)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Literal, NamedTuple, TypeAlias

from fumibako.mailauth.reason import Reason

SpfStatus: TypeAlias = Literal["none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"]
Identity: TypeAlias = Literal["mailfrom", "helo"]
ClientAddress: TypeAlias = IPv4Address | IPv6Address


class SpfResult(NamedTuple):
    """What was found, for whom. `domain` is the one that was asked about, in A-labels where it is a name."""

    status: SpfStatus
    reason: Reason
    identity: Identity
    domain: str
    sender: str
    client: ClientAddress
    helo: str
    mechanism: str = ""
    explanation: str = ""
    lookups: int = 0

    @property
    def passed(self) -> bool:
        return self.status == "pass"

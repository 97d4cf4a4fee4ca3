"""Ranges of IP addresses: two ends, both included."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Version = Literal[4, 6]

BITS: Final[dict[Version, int]] = {4: 32, 6: 128}
# Of IPv6 only this block is given out (RFC 4291 §2.4): whoever covers it covers everybody.
_GLOBAL_UNICAST: Final = (0x2000 << 112, (0x4000 << 112) - 1)
# An IPv4 address as IPv6 writes it (RFC 4291 §2.5.5.2).
MAPPED: Final = 0xFFFF << 32


@dataclass(frozen=True, slots=True, order=True)
class AddressRange:
    """The addresses from `low` to `high` of one version of IP."""

    version: Version
    low: int
    high: int

    @classmethod
    def network(cls, version: Version, address: int, prefix: int) -> AddressRange:
        """A network of `prefix` bits; the bits of `address` behind them must be zero."""
        return cls(version, address, address | ((1 << (BITS[version] - prefix)) - 1))

    @property
    def number(self) -> int:
        return self.high - self.low + 1

    @property
    def wide(self) -> bool:
        """More than an IPv4 /16 or an IPv6 /32: hardly one organisation's hosts."""
        return self.number > 1 << (16 if self.version == 4 else 96)

    @property
    def first(self) -> str:
        return text_of(self.version, self.low)

    @property
    def last(self) -> str:
        return text_of(self.version, self.high)

    @property
    def keys(self) -> tuple[str, str]:
        """Both ends as 32 hexadecimal digits, IPv4 mapped into IPv6, so that texts compare as addresses do."""
        shift = MAPPED if self.version == 4 else 0
        return f"{self.low + shift:032x}", f"{self.high + shift:032x}"

    def covers(self, other: AddressRange) -> bool:
        return self.version == other.version and self.low <= other.low and other.high <= self.high

    def meets(self, other: AddressRange) -> bool:
        return self.version == other.version and self.low <= other.high and other.low <= self.high

    def __str__(self) -> str:
        """`192.168.0.21 – .24`: of the last address no more than is needed within one /24."""
        if self.low == self.high:
            return self.first
        if self.version == 4 and self.low >> 8 == self.high >> 8:
            return f"{self.first} – .{self.high & 0xFF}"
        return f"{self.first} – {self.last}"


def text_of(version: Version, address: int) -> str:
    """An address as RFC 5952 and everybody write it."""
    return str(ipaddress.IPv4Address(address) if version == 4 else ipaddress.IPv6Address(address))


def covers_everybody(ranges: Iterable[AddressRange]) -> bool:
    """Whether the ranges together hold half of all addresses or more: of IPv4's, or of those of IPv6 that are given out.

    Half is enough, since nobody needs it and two halves are everything.
    """
    several = sorted(ranges)
    inside = [
        AddressRange(6, max(each.low, _GLOBAL_UNICAST[0]), min(each.high, _GLOBAL_UNICAST[1]))
        for each in several
        if each.version == 6 and each.low <= _GLOBAL_UNICAST[1] and each.high >= _GLOBAL_UNICAST[0]
    ]
    four, six = (_total(each for each in several if each.version == version) for version in (4, 6))
    return four >= 1 << 31 or six >= 1 << 127 or _total(inside) >= 1 << 124


def _total(ranges: Iterable[AddressRange]) -> int:
    """How many addresses are in at least one of the ranges, which come in order."""
    total, end = 0, -1
    for each in ranges:
        total += max(0, each.high - max(each.low, end + 1) + 1)
        end = max(end, each.high)
    return total

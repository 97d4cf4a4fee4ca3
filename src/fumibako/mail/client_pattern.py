"""Client patterns: which hosts an entry of a list of clients means.

An address, a network written as a prefix (`192.168.0.`) or as CIDR, a range whose last octet runs (`192.168.0.21-24`), or a
domain: the hosts whose verified reverse name is that name or under it. Each pattern has one spelling. What only looks like
one of these is refused, and where the mistake is plain the exception's detail `right` is what was probably meant.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from fumibako.mail.address_range import MAPPED, AddressRange, Version, covers_everybody
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed

_MAPPED: Final = AddressRange(6, MAPPED, MAPPED + (1 << 32) - 1)
_V4: Final = re.compile(r"[0-9.]+")
_V4_LIKE: Final = re.compile(r"[0-9][0-9./*-]*")
_V6_LIKE: Final = re.compile(r"(?=.*:)[0-9a-f:.]+(?:/[0-9]+)?", re.IGNORECASE)
# Names under which registries give out domains, below a country's: co.jp, or.jp, com.au, co.uk.
_REGISTRY: Final = re.compile(r"(?:ac|ad|co|com|ed|edu|go|gov|gr|lg|mil|ne|net|or|org)\.[a-z]{2}")


@dataclass(frozen=True, slots=True)
class Addresses:
    """A pattern of addresses: its spelling and the exact range."""

    spelling: str
    range: AddressRange

    def __str__(self) -> str:
        return self.spelling


@dataclass(frozen=True, slots=True)
class Named:
    """Hosts by their verified reverse name."""

    domain: DomainName

    def __str__(self) -> str:
        return self.domain.ascii


ClientPattern = Addresses | Named


def parse_client(text: str) -> ClientPattern:
    """The pattern that a person wrote.

    Raises `Malformed` with code `client-empty`, `client-control`, `client-full-width`, `client-form`, `client-octet`,
    `client-zeros`, `client-backwards`, `client-prefix`, `client-mask`, `client-host-bits`, `client-mapped`,
    `client-everybody`, `client-top-level`, or a domain's code.
    """
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text):
        raise Malformed("client-control", text=text)
    bare = text.strip()
    if not bare:
        raise Malformed("client-empty")
    plain = unicodedata.normalize("NFKC", bare).replace("。", ".")
    if plain != bare and plain.isascii():
        raise Malformed("client-full-width", text=bare, **_right(plain))
    if _V4_LIKE.fullmatch(bare):
        return _checked(bare, _v4(bare))
    if ":" in bare:
        return _checked(bare, _v6(bare))
    return Named(_domain(bare))


def _checked(text: str, pattern: Addresses) -> Addresses:
    """Nobody's addresses are everybody's (0.0.0.0, ::), and half of all is refused as all would be."""
    if pattern.range.low == 0 or covers_everybody([pattern.range]):
        raise Malformed("client-everybody", text=text)
    if pattern.range.meets(_MAPPED):
        four = pattern.range.low - MAPPED
        right = _right(str(ipaddress.IPv4Address(four))) if pattern.range.number == 1 else {}
        raise Malformed("client-mapped", text=text, **right)
    return pattern


def _v4(text: str) -> Addresses:
    address, slash, prefix = text.partition("/")
    if slash:
        return _v4_network(text, address, prefix)
    first, dash, last = text.partition("-")
    if dash:
        return _v4_range(text, first, last)
    if not _V4.fullmatch(text):  # an asterisk
        raise Malformed("client-form", text=text, **_right(text.split("*")[0]))
    parts = text.removesuffix(".").split(".")
    octets = _octets(text, parts)
    if text.endswith(".") and len(octets) <= 3:
        low = int.from_bytes([*octets, *[0] * (4 - len(octets))])
        return Addresses(".".join(map(str, octets)) + ".", AddressRange.network(4, low, 8 * len(octets)))
    if text.endswith(".") or len(octets) != 4:
        raise Malformed("client-form", text=text, **_right(".".join(map(str, octets)) + ("." * (len(octets) < 4))))
    return _alone(4, int.from_bytes(octets))


def _octets(text: str, parts: list[str]) -> list[int]:
    if not 1 <= len(parts) <= 4 or not all(map(str.isdecimal, parts)):
        raise Malformed("client-form", text=text)
    if wrong := [part for part in parts if len(part.lstrip("0")) > 3 or int(part) > 255]:
        raise Malformed("client-octet", text=text, octet=wrong[0])
    if any(len(part) > 1 and part.startswith("0") for part in parts):
        # Some programs read 010 as eight.
        raise Malformed("client-zeros", text=text, **_right(re.sub(r"(?<![0-9])0+(?=[0-9])", "", text)))
    return [int(part) for part in parts]


def _v4_range(text: str, first: str, last: str) -> Addresses:
    """`192.168.0.21-24`; a whole last address is taken too, and shortened where that is the same."""
    ends = _octets(text, first.split("."))
    end_parts = _octets(text, last.split("."))
    if len(ends) != 4 or len(end_parts) not in (1, 4):
        raise Malformed("client-form", text=text)
    low = int.from_bytes(ends)
    high = int.from_bytes([*ends[: 4 - len(end_parts)], *end_parts])
    if low > high:
        right = f"{ipaddress.IPv4Address(high)}-{low & 0xFF if low >> 8 == high >> 8 else ipaddress.IPv4Address(low)}"
        raise Malformed("client-backwards", text=text, **_right(right))
    if low == high:
        return _alone(4, low)
    end = str(high & 0xFF) if low >> 8 == high >> 8 else str(ipaddress.IPv4Address(high))
    return Addresses(f"{ipaddress.IPv4Address(low)}-{end}", AddressRange(4, low, high))


def _v4_network(text: str, address: str, prefix: str) -> Addresses:
    if "." in prefix:
        try:
            right = str(ipaddress.IPv4Network(text, strict=False))
        except ValueError:
            raise Malformed("client-form", text=text) from None
        raise Malformed("client-mask", text=text, **_right(right))
    octets = _octets(text, address.removesuffix(".").split("."))
    if not prefix.isdecimal():
        raise Malformed("client-form", text=text)
    if int(prefix[:4]) > 32:
        raise Malformed("client-prefix", text=text, longest="32")
    if len(octets) < 4 or address.endswith("."):
        right = ".".join(map(str, [*octets, *[0] * (4 - len(octets))])) + f"/{int(prefix)}"
        raise Malformed("client-form", text=text, **_right(right))
    return _network(text, 4, int.from_bytes(octets), int(prefix))


def _v6(text: str) -> Addresses:
    if bracketed := re.fullmatch(r"\[([^\[\]]+)\](/[0-9]+)?", text):
        raise Malformed("client-form", text=text, **_right(bracketed[1] + (bracketed[2] or "")))
    address, slash, prefix = text.partition("/")
    try:
        number = int(ipaddress.IPv6Address(address)) if _V6_LIKE.fullmatch(text) else None
    except ValueError:
        number = None
    if number is None:
        # A prefix as IPv4 has them: the groups that are written.
        groups = text.removesuffix(":").split(":")
        raise Malformed("client-form", text=text, **_right(":".join(groups) + f"::/{16 * len(groups)}"))
    if not slash:
        return _alone(6, number)
    if len(prefix) > 3 or int(prefix) > 128:
        raise Malformed("client-prefix", text=text, longest="128")
    return _network(text, 6, number, int(prefix))


def _network(text: str, version: Version, address: int, prefix: int) -> Addresses:
    bits = 32 if version == 4 else 128
    base = address >> (bits - prefix) << (bits - prefix)
    whole = AddressRange.network(version, base, prefix)
    if base != address:
        host = AddressRange(version, address, address).first
        raise Malformed("client-host-bits", text=text, host=host, **_right(f"{whole.first}/{prefix}"))
    return Addresses(f"{whole.first}/{prefix}", whole) if prefix < bits else _alone(version, address)


def _alone(version: Version, address: int) -> Addresses:
    one = AddressRange(version, address, address)
    return Addresses(one.first, one)


def _domain(text: str) -> DomainName:
    below = re.sub(r"^\*?\.+", "", text)
    if below != text:
        raise Malformed("client-form", text=text, **_right(below))
    if re.fullmatch(r"[A-Za-z0-9-]{1,63}\.?", text):
        raise Malformed("client-top-level", text=text)
    if text.endswith("."):
        raise Malformed("client-form", text=text, **_right(text.rstrip(".")))
    domain = DomainName.parse(text)
    if _REGISTRY.fullmatch(domain.ascii):
        raise Malformed("client-top-level", text=text)
    return domain


def _right(text: str) -> dict[str, str]:
    """The detail `right`, where `text` is a pattern."""
    if len(text) > 300:
        return {}
    try:
        return {"right": str(parse_client(text))}
    except Malformed:
        return {}

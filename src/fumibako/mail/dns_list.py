"""DNS block lists: how an entry names one, and how its answers are read (RFC 5782).

An entry is a list's name, with the answers that count and a weight where these are wanted: `bl.example.net`,
`bl.example.net*2`, `bl.example.net=127.0.0.[2..11]`, `bl.example.net=127.0.0.2*3`, as Postfix writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed

# By RFC 5782 §5 a list has the one and must not have the other.
ALWAYS_LISTED: Final = IPv4Address("127.0.0.2")
NEVER_LISTED: Final = IPv4Address("127.0.0.1")
HEAVIEST: Final = 100

_ENTRY: Final = re.compile(r"([^=*]*)(?:=([0-9.\[\];]{1,100}))?(?:\*(-?[0-9]{1,4}))?")
_CODE: Final = re.compile(r"(?:[0-9]{1,3}|\[[0-9]{1,3}(?:\.\.[0-9]{1,3})?(?:;[0-9]{1,3}(?:\.\.[0-9]{1,3})?)*\])")


@dataclass(frozen=True, slots=True)
class DnsList:
    """`codes` are the octets of the answers that count, each a set; empty: any answer of 127/8 that says "listed".
    A weight below zero speaks for the client."""

    name: str
    weight: int = 1
    codes: tuple[frozenset[int], ...] = ()
    written: str = ""

    def __str__(self) -> str:
        filtered = f"={self.written}" if self.written else ""
        return f"{self.name}{filtered}{'' if self.weight == 1 else f'*{self.weight}'}"

    def lists(self, answer: IPv4Address) -> bool:
        """Whether an answer says that the client is listed. One outside 127/8 comes from somebody else (a parked domain, a
        provider's search page), 127.0.0.1 says nothing, 127.255.255.0/24 are the list's words to us."""
        octets = answer.packed
        if octets[0] != 127 or answer == NEVER_LISTED or refuses(answer):
            return False
        return not self.codes or all(octet in allowed for octet, allowed in zip(octets, self.codes, strict=True))

    def asked(self, client: IPv4Address | IPv6Address) -> str:
        """The name that is asked for: the address's digits backwards (RFC 5782 §2.1, §2.4)."""
        digits = client.reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
        return f"{digits}.{self.name}"


def refuses(answer: IPv4Address) -> bool:
    """Answers by which large lists say that they do not serve this resolver (a public one, or too many questions)."""
    return answer.packed[:3] == b"\x7f\xff\xff"


def parse_dns_list(text: str) -> DnsList:
    """The entry that a person wrote. Raises `Malformed` with code `list-form`, `list-codes`, `list-weight`, or a
    domain's code."""
    found = _ENTRY.fullmatch(text.strip())
    if found is None:
        raise Malformed("list-form", text=text)
    name = DomainName.parse(found[1]).ascii
    codes = _codes(found[2], text) if found[2] else ()
    weight = int(found[3]) if found[3] else 1
    if weight == 0 or abs(weight) > HEAVIEST:
        raise Malformed("list-weight", text=text, heaviest=str(HEAVIEST))
    return DnsList(name, weight, codes, found[2] or "")


def _codes(written: str, text: str) -> tuple[frozenset[int], ...]:
    parts = _CODE.findall(written)
    if len(parts) != 4 or ".".join(parts) != written or parts[0] != "127":
        raise Malformed("list-codes", text=text)
    return tuple(_octets(part, text) for part in parts)


def _octets(part: str, text: str) -> frozenset[int]:
    octets: set[int] = set()
    for piece in part.strip("[]").split(";"):
        low, _, high = piece.partition("..")
        first, last = int(low), int(high or low)
        if not first <= last <= 255:
            raise Malformed("list-codes", text=text)
        octets.update(range(first, last + 1))
    return frozenset(octets)

"""The DomainKey-Signature field as a value, and the octets that it covers (RFC 4870 §3.3, §3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fumibako.mail.alabel import to_host_name
from fumibako.mail.header import HeaderField, HeaderSection
from fumibako.mailauth.tags import BadTagList, decode_base64, parse_tags, shown, words

DomainKeysForm: TypeAlias = Literal["simple", "nofws"]


@dataclass(frozen=True, slots=True)
class DomainKeySignature:
    """A well-formed signature. `names` is h=, in lower case; None covers every field below the signature."""

    domain: str
    selector: str
    form: DomainKeysForm
    names: tuple[bytes, ...] | None
    signature: bytes

    @property
    def key_name(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"


def parse_signature(value: bytes) -> DomainKeySignature:
    """Reads a field's value; raises `BadTagList` with what is wrong (RFC 4870 §3.3)."""
    tags = parse_tags(value)
    if tags.get(b"a", b"rsa-sha1").lower() != b"rsa-sha1":
        raise BadTagList(f"unknown algorithm {shown(tags[b'a'])}")
    if tags.get(b"q", b"dns").lower() not in {b"dns", b""}:
        raise BadTagList(f"unknown query {shown(tags[b'q'])}")
    form = tags.get(b"c", b"simple").lower()
    if form not in {b"simple", b"nofws"}:
        raise BadTagList(f"unknown canonicalization {shown(form)}")
    signature = decode_base64(tags.get(b"b", b""))
    if signature is None:
        raise BadTagList("b= is not base64")
    domain, selector = to_host_name(tags.get(b"d", b"")), to_host_name(tags.get(b"s", b""))
    if not domain or "." not in domain:
        raise BadTagList(f"d={shown(tags.get(b'd', b''))}")
    if not selector:
        raise BadTagList(f"s={shown(tags.get(b's', b''))}")
    names = None
    if b"h" in tags:
        names = tuple([name.lower() for name in words(tags[b"h"]) if name])
        if not names:
            raise BadTagList("h= is empty")
    return DomainKeySignature(domain, selector, "simple" if form == b"simple" else "nofws", names, signature)


def canonical_field(field: HeaderField, form: DomainKeysForm) -> bytes:
    """RFC 4870 §3.4.2: as it is, or on one line without any white space."""
    if form == "simple":
        return field.octets
    return b"%b:%b\r\n" % (field.name.translate(None, b" \t\r\n"), field.value.translate(None, b" \t\r\n"))


def covered(header: HeaderSection, below: int, names: Sequence[bytes] | None) -> list[int]:
    """The places of the fields that are signed, in the order in which they are hashed; `below` is the signature's place.

    With h= that is the order of its names; a name that stands once takes all fields of that name, and one that stands
    more often the lowest ones first, going up (§3.3 "a verifier must include all occurrences"; as Mail::DKIM does).
    """
    if names is None:
        return list(range(below + 1, len(header)))
    left: dict[bytes, list[int]] = {}
    counts: dict[bytes, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        if name not in left:
            left[name] = [place for place in header.places(name) if place > below]
    chosen: list[int] = []
    for name in reversed(names):
        counts[name] -= 1
        places = left[name]
        if counts[name]:
            if places:
                chosen.append(places.pop())
        else:
            chosen += reversed(places)
            left[name] = []
    chosen.reverse()
    return chosen

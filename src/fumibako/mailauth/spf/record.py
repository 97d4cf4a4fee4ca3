"""An SPF record as a value (RFC 7208 §4.5, §4.6, §12)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Literal, TypeAlias

from fumibako.mailauth.spf.macro import BadMacro, MacroString, parse_domain_spec, parse_macro_string
from fumibako.mailauth.tags import shown

Verdict: TypeAlias = Literal["pass", "fail", "softfail", "neutral"]
Kind: TypeAlias = Literal["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"]

_QUALIFIERS: dict[str, Verdict] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)\Z", re.DOTALL)
_MECHANISM = re.compile(r"([-+~?]?)([A-Za-z][A-Za-z0-9_.-]*)(.*)\Z", re.DOTALL)
_DUAL_CIDR = re.compile(r"(:.*?)??(?:/(0|[1-9][0-9]{0,2}))?(?://(0|[1-9][0-9]{0,2}))?\Z", re.DOTALL)
_NETWORK = re.compile(r":([^/]+)(?:/(0|[1-9][0-9]{0,2}))?\Z")
_VERSION = re.compile(rb"v=spf1(?: |\Z)", re.IGNORECASE)
RECORD_LIMIT = 8192  # octets; the RFC asks to stay below 450
KEPT_LIMIT = 512


class BadRecord(ValueError):
    """Not an SPF record; the argument is the term that is none."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """What matches, and the verdict if it does. Networks are numbers: address, and how many bits of it count."""

    verdict: Verdict
    kind: Kind
    text: str
    domain: MacroString | None = None
    network: int = 0
    prefix4: int = 32
    prefix6: int = 128

    @property
    def looks_up(self) -> bool:
        """It counts towards the limit of ten (§4.6.4)."""
        return self.kind in {"include", "a", "mx", "ptr", "exists"}


@dataclass(frozen=True, slots=True)
class SpfRecord:
    mechanisms: tuple[Mechanism, ...]
    redirect: MacroString | None = None
    explanation: MacroString | None = None


def is_spf(text: bytes) -> bool:
    """It begins with the version and nothing else (§4.5)."""
    return _VERSION.match(text) is not None


def parse_record(text: bytes) -> SpfRecord | str:
    """A record, or the term that is malformed. The whole is parsed before anything is evaluated (§4.6).

    Records of ordinary size are kept parsed; a long one has so many terms that keeping it would be an attack.
    """
    return _kept(text) if len(text) <= KEPT_LIMIT else _parsed(text)


def _parsed(text: bytes) -> SpfRecord | str:
    if len(text) > RECORD_LIMIT:
        return "it is too long"
    try:
        return _parse(text.decode("ascii"))
    except UnicodeDecodeError:
        return "it is not ASCII"
    except (BadRecord, BadMacro) as bad:
        return shown(str(bad).encode("ascii", "replace"))


_kept = lru_cache(maxsize=512)(_parsed)


def _parse(text: str) -> SpfRecord:
    mechanisms = []
    modifiers: dict[str, MacroString] = {}
    for term in text[6:].split(" "):
        if not term:
            continue
        modifier = _MODIFIER.match(term)
        if modifier is None:
            mechanisms.append(_mechanism(term))
            continue
        name, value = modifier.group(1).lower(), modifier.group(2)
        if name in {"redirect", "exp"}:
            if name in modifiers:
                raise BadRecord(term)  # §6: "MUST NOT appear in a record more than once each"
            modifiers[name] = parse_domain_spec(value)
        else:
            parse_macro_string(value)  # unknown, so ignored, but not malformed (§6)
    return SpfRecord(tuple(mechanisms), modifiers.get("redirect"), modifiers.get("exp"))


def _mechanism(term: str) -> Mechanism:
    found = _MECHANISM.match(term)
    if not found:
        raise BadRecord(term)
    verdict = _QUALIFIERS[found.group(1) or "+"]
    name, rest = found.group(2).lower(), found.group(3)
    match name:
        case "all":
            if rest:
                raise BadRecord(term)
            return Mechanism(verdict, "all", term)
        case "include" | "exists":
            if not rest.startswith(":"):
                raise BadRecord(term)
            return Mechanism(verdict, "include" if name == "include" else "exists", term, parse_domain_spec(rest[1:]))
        case "ptr":
            if rest and not rest.startswith(":"):
                raise BadRecord(term)
            return Mechanism(verdict, "ptr", term, parse_domain_spec(rest[1:]) if rest else None)
        case "a" | "mx":
            return _with_prefixes(term, verdict, "a" if name == "a" else "mx", rest)
        case "ip4" | "ip6":
            return _network(term, verdict, "ip4" if name == "ip4" else "ip6", rest)
        case _:
            raise BadRecord(term)


def _with_prefixes(term: str, verdict: Verdict, kind: Kind, rest: str) -> Mechanism:
    found = _DUAL_CIDR.match(rest)
    if not found:
        raise BadRecord(term)
    domain, prefix4, prefix6 = found.groups()
    bits4, bits6 = int(prefix4 or 32), int(prefix6 or 128)
    if bits4 > 32 or bits6 > 128:
        raise BadRecord(term)
    return Mechanism(
        verdict, kind, term, None if domain is None else parse_domain_spec(domain[1:]), prefix4=bits4, prefix6=bits6
    )


def _network(term: str, verdict: Verdict, kind: Kind, rest: str) -> Mechanism:
    found = _NETWORK.match(rest)
    if not found:
        raise BadRecord(term)
    address, prefix = found.groups()
    try:
        if kind == "ip4":
            network, width = int(IPv4Address(address)), 32
        else:
            if "%" in address:
                raise BadRecord(term)
            network, width = int(IPv6Address(address)), 128
    except AddressValueError:
        raise BadRecord(term) from None
    bits = width if prefix is None else int(prefix)
    if bits > width:
        raise BadRecord(term)
    return Mechanism(verdict, kind, term, network=network, prefix4=min(bits, 32), prefix6=bits)

"""A DMARC record as a value (RFC 9989 §4.7, §4.8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

Policy: TypeAlias = Literal["none", "quarantine", "reject"]
Psd: TypeAlias = Literal["y", "n", "u"]

POLICIES: tuple[Policy, ...] = ("none", "quarantine", "reject")  # from mild to strict
_VERSION = re.compile(rb"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")  # the value's case counts, §4.7
_URI = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:[!-+\--~]+\Z")
RECORD_LIMIT = 8192


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """What a domain wants. A policy of None is one that the record does not have; `usable` is §4.10.1's rule."""

    policy: Policy
    subdomain_policy: Policy | None
    nonexistent_policy: Policy | None
    strict_dkim: bool
    strict_spf: bool
    psd: Psd
    testing: bool
    rua: tuple[str, ...]
    ruf: tuple[str, ...]
    usable: bool

    def policy_for(self, *, subdomain: bool, exists: bool) -> Policy:
        """p=, or for a name below the record's sp=, or np= where that name does not exist (§4.7)."""
        if not subdomain:
            return self.policy
        if not exists and self.nonexistent_policy is not None:
            return self.nonexistent_policy
        return self.policy if self.subdomain_policy is None else self.subdomain_policy

    def applied(self, policy: Policy) -> Policy:
        """One step milder while the domain is testing (§4.7, t=)."""
        return POLICIES[max(0, POLICIES.index(policy) - 1)] if self.testing else policy


def is_dmarc(text: bytes) -> bool:
    return _VERSION.match(text) is not None


@lru_cache(maxsize=1024)
def parse_record(text: bytes) -> DmarcRecord:
    """A text for which `is_dmarc` holds. Unknown tags and malformed ones are left out (§4.7); the first of a name counts."""
    tags: dict[str, bytes] = {}
    for part in text[:RECORD_LIMIT].split(b";"):
        name, equals, value = part.partition(b"=")
        if equals:
            tags.setdefault(name.strip(b" \t").decode("ascii", "replace").lower(), value.strip(b" \t"))
    policy, good_p = _policy(tags, "p")
    subdomain, good_sp = _policy(tags, "sp")
    nonexistent, good_np = _policy(tags, "np")
    rua = _uris(tags.get("rua"))
    good = good_p and policy is not None and good_sp and good_np
    if not good:  # §4.10.1: p=none if someone wants reports, else no DMARC
        policy, subdomain, nonexistent = "none", None, None
    psd = tags.get("psd", b"u").lower()
    return DmarcRecord(
        policy=policy or "none",
        subdomain_policy=subdomain,
        nonexistent_policy=nonexistent,
        strict_dkim=tags.get("adkim", b"r").lower() == b"s",
        strict_spf=tags.get("aspf", b"r").lower() == b"s",
        psd="y" if psd == b"y" else "n" if psd == b"n" else "u",
        testing=tags.get("t", b"n").lower() == b"y",
        rua=rua,
        ruf=_uris(tags.get("ruf")),
        usable=good or bool(rua),
    )


def _policy(tags: dict[str, bytes], name: str) -> tuple[Policy | None, bool]:
    value = tags.get(name)
    if value is None:
        return None, True
    word = value.decode("ascii", "replace").lower()
    return (word, True) if word in POLICIES else (None, False)


def _uris(value: bytes | None) -> tuple[str, ...]:
    """The reporting addresses that are URIs (§4.6)."""
    parts = [part.strip(b" \t") for part in (value or b"").split(b",")[:50]]
    return tuple(part.decode("ascii") for part in parts if _URI.match(part))

"""What a domain says at `_domainkey.DOMAIN` about its signing (RFC 4870 §3.6)."""

from __future__ import annotations

from dataclasses import dataclass

from fumibako.mailauth.resolver import Resolver
from fumibako.mailauth.tags import BadTagList, parse_tags


@dataclass(frozen=True, slots=True)
class DomainKeysPolicy:
    """`all_signed` is o=-; `participates` is false for o=. ; `testing` is t=y, which takes all weight away."""

    all_signed: bool = False
    participates: bool = True
    testing: bool = False


def parse_policy(text: bytes) -> DomainKeysPolicy | None:
    try:
        tags = parse_tags(text)
    except BadTagList:
        return None
    outbound = tags.get(b"o", b"~")
    testing = b"y" in tags.get(b"t", b"").lower()
    return DomainKeysPolicy(outbound == b"-", outbound != b".", testing)


async def find_policy(domain: str, resolver: Resolver) -> DomainKeysPolicy:
    """The domain's policy; without a record that can be read, that it may sign some mail (the RFC's default)."""
    answer = await resolver.txt(f"_domainkey.{domain}")
    for text in answer.records[:10]:
        policy = parse_policy(text)
        if policy is not None:
            return policy
    return DomainKeysPolicy()


def policy_record(*, all_signed: bool, testing: bool) -> str:
    """The record to publish."""
    return f"{'t=y; ' if testing else ''}o={'-' if all_signed else '~'}"

"""Verifying a message's DKIM signatures (RFC 6376 §6).

A `Verification` is made from the complete header. It asks the body hasher for the hashes it needs and names the keys that
it will look up (`key_names`), so that they can be fetched while the body still arrives. When the body has ended, `results`
gives one result for each signature, in the order of the fields.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from fumibako.mail.alabel import is_dns_name
from fumibako.mail.header import HeaderField, HeaderSection
from fumibako.mailauth.body import BodyHasher, BodySink
from fumibako.mailauth.canonical import CanonicalHeader
from fumibako.mailauth.dkim.signature import Claim, Signature, claim_of, parse_signature
from fumibako.mailauth.publickey import SMALLEST_RSA, PublicKey, parse_public_key
from fumibako.mailauth.reason import Reason, because
from fumibako.mailauth.resolver import Resolver
from fumibako.mailauth.tags import BadTagList, parse_tags
from fumibako.mailauth.verdict import Refused, SignatureStatus

SIGNATURE_LIMIT = 10  # tried of one message; who signs more often wants something else (RFC 6376 §8.4)


class DkimResult(NamedTuple):
    """One signature's verdict. `claim` names it even when it is malformed; `signature` is there when it is not."""

    status: SignatureStatus
    reason: Reason
    claim: Claim
    signature: Signature | None = None
    testing: bool = False

    @property
    def passed(self) -> bool:
        return self.status == "pass"

    @property
    def domain(self) -> str:
        """The signing domain in A-labels; trust it only when the signature passed."""
        return self.claim.domain


class _Attempt(NamedTuple):
    claim: Claim
    signature: Signature | None = None
    body: BodySink | None = None
    refused: Refused | None = None


class Verification:
    """The DKIM signatures of one message on their way to results."""

    def __init__(
        self,
        header: HeaderSection,
        body: BodyHasher,
        *,
        now: int,
        limit: int = SIGNATURE_LIMIT,
        canonical: CanonicalHeader | None = None,
    ) -> None:
        self._canonical = canonical or CanonicalHeader(header)
        self._body = body
        fields = header.named(b"dkim-signature")
        self._limit = limit
        self._left_out = len(fields) > limit
        self._attempts = [self._begin(field, now) for field in fields[:limit]]

    @property
    def key_names(self) -> Sequence[str]:
        """The text records that `results` will ask for."""
        return [attempt.signature.key_name for attempt in self._attempts if attempt.signature]

    async def results(self, resolver: Resolver) -> list[DkimResult]:
        """One result a signature; one with status `none` when there is none. The body must have ended."""
        results = [await self._result(attempt, resolver) for attempt in self._attempts]
        if self._left_out:
            results.append(DkimResult("policy", because("signature-too-many", limit=self._limit), Claim()))
        return results or [DkimResult("none", because("no-signature"), Claim())]

    def _begin(self, field: HeaderField, now: int) -> _Attempt:
        claim = Claim()
        try:
            tags = parse_tags(field.value)
            claim = claim_of(tags)
            signature = parse_signature(field, tags, now)
        except BadTagList as bad:
            return _Attempt(claim, refused=Refused("neutral", because("signature-syntax", problem=bad)))
        except Refused as refused:
            return _Attempt(claim, refused=refused)
        return _Attempt(claim, signature, self._body.want(signature.body_form, "sha256", signature.body_length))

    async def _result(self, attempt: _Attempt, resolver: Resolver) -> DkimResult:
        signature, body = attempt.signature, attempt.body
        if signature is None or body is None:
            assert attempt.refused is not None
            return DkimResult(attempt.refused.status, attempt.refused.reason, attempt.claim)
        try:
            key = await find_key(signature.key_name, signature.key_type, resolver)
            check_key(key, signature)
            check_body(signature, body)
            octets = self._canonical.signed_octets(signature.names, signature.field, signature.header_form)
            if not key.verifies(signature.signature, hashlib.sha256(octets).digest()):
                raise Refused("fail", because("signature-mismatch"))
        except Refused as refused:
            return DkimResult(refused.status, refused.reason, attempt.claim, signature)
        return DkimResult("pass", self._why_good(signature, key), attempt.claim, signature, key.testing)

    def _why_good(self, signature: Signature, key: PublicKey) -> Reason:
        total = self._body.length(signature.body_form)
        if signature.body_length is not None and signature.body_length < total:
            return because(
                "good-signature-partly", bits=key.bits, algorithm=key.kind, signed=signature.body_length, total=total
            )
        code = "good-signature-testing" if key.testing else "good-signature"
        return because(code, bits=key.bits, algorithm=key.kind)


async def find_key(name: str, key_type: str, resolver: Resolver) -> PublicKey:
    """The published key (RFC 6376 §6.1.2); raises `Refused`.

    Where a name has several records the first that holds a key of the right type is taken: the RFC leaves the choice open.
    """
    if not is_dns_name(name):  # together selector and domain may be longer than names can be: there is no such record
        raise Refused("permerror", because("key-none"))
    answer = await resolver.txt(name)
    if answer.outcome == "failed":
        raise Refused("temperror", because("key-unavailable"))
    if not answer.records:
        raise Refused("permerror", because("key-none"))
    found = [parse_public_key(record) for record in answer.records[:10]]
    keys = [key for key in found if isinstance(key, PublicKey)]
    if not keys:
        raise Refused("permerror", next(why for why in found if isinstance(why, Reason)))
    return next((key for key in keys if key.kind == key_type), keys[0])


def check_key(key: PublicKey, signature: Signature) -> None:
    """What a key allows (RFC 6376 §3.6.1, §6.1.2), and what RFC 8301 demands of it; raises `Refused`."""
    if key.kind != signature.key_type:
        raise Refused("permerror", because("key-type", algorithm=signature.algorithm))
    if key.hashes is not None and b"sha256" not in key.hashes:
        raise Refused("permerror", because("key-hash", hash="sha256"))
    if not key.services & {b"*", b"email"}:
        raise Refused("permerror", because("key-service"))
    if key.strict and signature.identity.rpartition("@")[2] != signature.domain:
        raise Refused("permerror", because("key-subdomain"))
    if key.kind == "rsa" and key.bits < SMALLEST_RSA:
        raise Refused("policy", because("key-small", bits=key.bits))


def check_body(signature: Signature, body: BodySink) -> None:
    """Compares the body's hash with bh= (RFC 6376 §6.1.3); raises `Refused`."""
    if not body.covered:
        raise Refused("fail", because("body-too-short"))
    if body.digest() != signature.body_hash:
        raise Refused("fail", because("body-mismatch"))

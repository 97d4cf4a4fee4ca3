"""Verifying a DomainKeys signature, and what is written about it in DomainKey-Status (RFC 4870 §3.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fumibako.mail.alabel import to_a_labels
from fumibako.mail.header import HeaderField, HeaderSection
from fumibako.mail.mailboxes import Mailbox, mailboxes
from fumibako.mailauth.body import BodyHasher, BodySink
from fumibako.mailauth.domainkeys.policy import find_policy
from fumibako.mailauth.domainkeys.signature import (
    DomainKeySignature,
    canonical_field,
    covered,
    parse_signature,
)
from fumibako.mailauth.publickey import SMALLEST_RSA, PublicKey, parse_public_key
from fumibako.mailauth.reason import Reason, because
from fumibako.mailauth.resolver import Resolver
from fumibako.mailauth.tags import BadTagList
from fumibako.mailauth.verdict import SignatureStatus

DomainKeyStatus: TypeAlias = Literal[
    "good", "bad", "no key", "revoked", "no signature", "bad format", "non-participant"
]

# The same verdicts in the words of Authentication-Results (RFC 8601 §2.7.1).
_RESULTS: dict[DomainKeyStatus, SignatureStatus] = {
    "good": "pass",
    "bad": "fail",
    "no key": "permerror",
    "revoked": "permerror",
    "no signature": "none",
    "bad format": "neutral",
    "non-participant": "none",
}


@dataclass(frozen=True, slots=True)
class DomainKeysResult:
    """`status` is the RFC's word. When a key could not be looked up it is `no key` and `temporary` is true."""

    status: DomainKeyStatus
    reason: Reason
    domain: str = ""
    selector: str = ""
    sender: str = ""
    sender_field: Literal["", "sender", "from"] = ""
    testing: bool = False
    temporary: bool = False

    @property
    def result(self) -> SignatureStatus:
        """The word for Authentication-Results."""
        if self.temporary:
            return "temperror"
        return "policy" if self.reason.code == "key-small" else _RESULTS[self.status]

    @property
    def field(self) -> HeaderField:
        """The DomainKey-Status field."""
        comment = "".join(sign if " " <= sign <= "~" and sign not in "()\\" else "?" for sign in self.reason.comment)
        return HeaderField(b"DomainKey-Status", f" {self.status} ({comment})".encode("ascii"))


class _Bad(Exception):
    def __init__(self, status: DomainKeyStatus, reason: Reason, *, temporary: bool = False) -> None:
        super().__init__(status, reason)
        self.status: DomainKeyStatus = status
        self.reason = reason
        self.temporary = temporary


class Verification:
    """A message's topmost DomainKeys signature on its way to a result; used as DKIM's `Verification` is."""

    def __init__(self, header: HeaderSection, body: BodyHasher) -> None:
        self._signature: DomainKeySignature | None = None
        self._sink: BodySink | None = None
        self._bad: _Bad | None = None
        self._sender: Mailbox | None = None
        self._sender_field: Literal["", "sender", "from"] = ""
        places = header.places(b"domainkey-signature")
        self._signed = bool(places)
        try:
            self._begin(header, body, places)
        except _Bad as bad:
            self._bad = bad

    def _begin(self, header: HeaderSection, body: BodyHasher, places: Sequence[int]) -> None:
        senders, authors = header.places(b"sender"), header.places(b"from")
        self._sender_field = "sender" if senders else "from"
        sender_places = senders or authors
        found = mailboxes(header[sender_places[0]].value) if sender_places else None
        self._sender = found[0] if found else None
        if not places:
            return
        try:
            signature = self._signature = parse_signature(header[places[0]].value)
        except BadTagList as bad:
            raise _Bad("bad format", because("signature-syntax", problem=bad)) from None
        if len(senders) > 1 or len(authors) > 1:
            raise _Bad("bad format", because("sender-several"))
        if self._sender is None:
            raise _Bad("bad format", because("sender-none"))
        if sender_places[0] < places[0]:
            raise _Bad("bad", because("sender-not-below"))
        if signature.names is not None and self._sender_field.encode() not in signature.names:
            raise _Bad("bad", because("sender-unsigned"))
        domain = self.sender_domain
        # §3.2.3: the sending address's domain is the signing one or below it
        if domain != signature.domain and not domain.endswith(f".{signature.domain}"):
            raise _Bad("bad", because("sender-domain", domain=signature.domain, sender=domain))
        digest = hashlib.sha1(usedforsecurity=False)
        for place in covered(header, places[0], signature.names):
            digest.update(canonical_field(header[place], signature.form))
        self._sink = body.attach("dk-simple" if signature.form == "simple" else "dk-nofws", digest)

    @property
    def sender_domain(self) -> str:
        return (to_a_labels(self._sender.domain) or "") if self._sender else ""

    @property
    def key_names(self) -> Sequence[str]:
        """The text records that `result` will ask for."""
        if not self._signed:
            return [f"_domainkey.{self.sender_domain}"] if self.sender_domain else []
        return [self._signature.key_name] if self._signature and self._sink else []

    async def result(self, resolver: Resolver) -> DomainKeysResult:
        """The verdict; the body must have ended."""
        signature = self._signature
        domain, selector = (signature.domain, signature.selector) if signature else ("", "")
        testing = False
        try:
            if self._bad:
                raise self._bad
            if signature is None or self._sink is None:
                await self._unsigned(resolver)
                raise _Bad("no signature", because("no-signature"))
            key = await self._key(signature, resolver)
            testing = key.testing
            if not key.verifies(signature.signature, self._sink.digest(), "sha1"):
                raise _Bad("bad", because("signature-mismatch"))
            status: DomainKeyStatus = "good"
            reason = because("good-signature-testing" if testing else "good-signature", bits=key.bits, algorithm="rsa")
            temporary = False
        except _Bad as bad:
            status, reason, temporary = bad.status, bad.reason, bad.temporary
        sender = "@".join(part.decode("utf-8", "replace") for part in self._sender) if self._sender else ""
        return DomainKeysResult(
            status, reason, domain, selector, sender, self._sender_field, testing=testing, temporary=temporary
        )

    async def _unsigned(self, resolver: Resolver) -> None:
        if not self.sender_domain:
            return
        policy = await find_policy(self.sender_domain, resolver)
        if not policy.participates:
            raise _Bad("non-participant", because("no-signature"))
        if policy.all_signed and not policy.testing:
            raise _Bad("no signature", because("policy-all-signed", domain=self.sender_domain))

    async def _key(self, signature: DomainKeySignature, resolver: Resolver) -> PublicKey:
        answer = await resolver.txt(signature.key_name)
        if answer.outcome == "failed":
            raise _Bad("no key", because("key-unavailable"), temporary=True)
        if not answer.records:
            raise _Bad("no key", because("key-none"))
        found = [parse_public_key(record) for record in answer.records[:10]]
        key = next((each for each in found if isinstance(each, PublicKey)), found[0])  # beside a wildcard's text, say
        if isinstance(key, Reason):
            raise _Bad("revoked" if key.code == "key-revoked" else "bad format", key)
        if key.kind != "rsa" or (key.hashes is not None and b"sha1" not in key.hashes):
            raise _Bad("bad format", because("key-type", algorithm="rsa-sha1"))
        if key.bits < SMALLEST_RSA:
            raise _Bad("bad", because("key-small", bits=key.bits))
        assert self._sender is not None
        # §3.2.3, g=: with a value, only for that local part; DKIM's former "*" is met in shared records
        if key.granularity and key.granularity != b"*" and key.granularity != self._sender.local_part:
            raise _Bad("bad", because("key-granularity"))
        return key

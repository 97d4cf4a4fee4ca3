"""Validating a chain (RFC 8617 §5.2)."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from fumibako.mail.alabel import to_host_name
from fumibako.mail.header import HeaderSection
from fumibako.mailauth.arc.chain import ArcSet, find_sets, validation_status
from fumibako.mailauth.body import BodyHasher, BodySink
from fumibako.mailauth.canonical import CanonicalHeader, relaxed, unsigned
from fumibako.mailauth.dkim.signature import ALGORITHMS, Signature, parse_common
from fumibako.mailauth.dkim.verify import check_body, find_key
from fumibako.mailauth.publickey import SMALLEST_RSA, PublicKey
from fumibako.mailauth.reason import Reason, because
from fumibako.mailauth.resolver import Resolver
from fumibako.mailauth.tags import BadTagList, decode_base64, number, shown
from fumibako.mailauth.verdict import Refused

ArcStatus: TypeAlias = Literal["none", "pass", "fail"]


class ArcResult(NamedTuple):
    """The chain's verdict. `sealers` are the sealing domains, the first set's first; believe them only when it passed.

    `temporary` says that a key could not be looked up: the chain may be whole, so sealing it as failed would break it for good.
    """

    status: ArcStatus
    reason: Reason
    sets: tuple[ArcSet, ...] = ()
    sealers: tuple[str, ...] = ()
    oldest_pass: int | None = None
    temporary: bool = False

    @property
    def passed(self) -> bool:
        return self.status == "pass"


@dataclass(frozen=True, slots=True)
class _Seal:
    algorithm: str
    key_type: str
    domain: str
    selector: str
    signature: bytes

    @property
    def key_name(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"


class Verification:
    """A message's chain on its way to a result; made from the complete header, as DKIM's is."""

    def __init__(self, header: HeaderSection, body: BodyHasher, *, canonical: CanonicalHeader | None = None) -> None:
        self._canonical = canonical or CanonicalHeader(header)
        self._sets: list[ArcSet] = []
        self._broken: Reason | None = None
        self._messages: dict[int, Sequence[tuple[Signature, BodySink]]] = {}  # by instance; any one will do
        self._seals: list[_Seal] = []
        found = find_sets(header)
        if isinstance(found, Reason):
            self._broken = found
            return
        self._sets = found
        try:
            self._begin(body)
        except Refused as refused:
            self._broken = refused.reason

    def _begin(self, body: BodyHasher) -> None:
        for arc_set in self._sets:
            status = validation_status(arc_set)
            if arc_set.instance == len(self._sets) and status == b"fail":
                raise Refused("fail", because("arc-failed-before"))  # §5.2 step 2
            if status != (b"none" if arc_set.instance == 1 else b"pass"):  # step 3
                raise Refused("fail", because("arc-validation-status", instance=arc_set.instance))
            self._seals.append(_parse_seal(arc_set))
        if self._sets:
            latest = self._sets[-1]
            self._messages[latest.instance] = _wanted(_parse_message(latest), body)
        for arc_set in self._sets[:-1][-10:]:  # only for oldest-pass: what is malformed there breaks nothing
            with contextlib.suppress(Refused):
                self._messages[arc_set.instance] = _wanted(_parse_message(arc_set), body)

    @property
    def key_names(self) -> Sequence[str]:
        """The text records that `result` will ask for."""
        if self._broken:
            return []
        names = [signatures[0][0].key_name for signatures in self._messages.values()]
        return list(dict.fromkeys([*names, *(seal.key_name for seal in self._seals)]))

    async def result(self, resolver: Resolver) -> ArcResult:
        """The verdict; the body must have ended."""
        sealers = tuple(seal.domain for seal in self._seals)
        if self._broken:
            return ArcResult("fail", self._broken, tuple(self._sets), sealers)
        if not self._sets:
            return ArcResult("none", because("arc-none"))
        try:
            await self._check_message(self._sets[-1], resolver)  # §5.2 step 4
            await self._check_seals(resolver)  # step 6
        except Refused as refused:
            temporary = refused.status == "temperror"
            return ArcResult("fail", refused.reason, tuple(self._sets), sealers, temporary=temporary)
        oldest = await self._oldest_pass(resolver)
        reason = because("arc-good", sets=len(self._sets), domain=sealers[-1])
        return ArcResult("pass", reason, tuple(self._sets), sealers, oldest)

    async def _check_message(self, arc_set: ArcSet, resolver: Resolver) -> None:
        problem = Refused("fail", because("signature-mismatch"))
        for signature, body in self._messages[arc_set.instance]:
            try:
                await self._check_signature(signature, body, resolver)
            except Refused as refused:
                problem = refused
            else:
                return
        raise Refused(problem.status, _at("arc-message-signature", arc_set, problem))

    async def _check_signature(self, signature: Signature, body: BodySink, resolver: Resolver) -> None:
        key = await find_key(signature.key_name, signature.key_type, resolver)
        _check_key(key, signature.key_type, signature.algorithm)
        check_body(signature, body)
        octets = self._canonical.signed_octets(signature.names, signature.field, signature.header_form)
        if not key.verifies(signature.signature, hashlib.sha256(octets).digest()):
            raise Refused("fail", because("signature-mismatch"))

    async def _check_seals(self, resolver: Resolver) -> None:
        """A seal covers its own set and all before it, each as results, message signature, seal (RFC 8617 §5.1.1)."""
        before = hashlib.sha256()
        for arc_set, seal in zip(self._sets, self._seals, strict=True):
            before.update(relaxed(arc_set.results) + relaxed(arc_set.message))
            digest = before.copy()
            digest.update(unsigned(arc_set.seal, "relaxed"))
            before.update(relaxed(arc_set.seal))
            try:
                key = await find_key(seal.key_name, seal.key_type, resolver)
                _check_key(key, seal.key_type, seal.algorithm)
                if not key.verifies(seal.signature, digest.digest()):
                    raise Refused("fail", because("signature-mismatch"))
            except Refused as refused:
                raise Refused(refused.status, _at("arc-seal", arc_set, refused)) from None

    async def _oldest_pass(self, resolver: Resolver) -> int:
        """The oldest set whose message signature holds without a broken one after it; 0 when all hold (§5.2 step 5)."""
        for arc_set in reversed(self._sets[:-1]):
            if arc_set.instance not in self._messages:
                return arc_set.instance + 1
            try:
                await self._check_message(arc_set, resolver)
            except Refused:
                return arc_set.instance + 1
        return 0


def _wanted(signatures: Sequence[Signature], body: BodyHasher) -> Sequence[tuple[Signature, BodySink]]:
    return [(each, body.want(each.body_form, "sha256", each.body_length)) for each in signatures]


def _parse_message(arc_set: ArcSet) -> Sequence[Signature]:
    """RFC 8617 §4.1.2: as a DKIM-Signature, without v=, and i= is the instance. Without c= it is DKIM's simple/simple by the
    letter, and relaxed/relaxed to some who seal: two readings."""
    try:
        signature = parse_common(arc_set.message, arc_set.message_tags, identified=False)
        names = [name.lower() for name in signature.names]
        if b"arc-seal" in names:
            raise BadTagList("h= names ARC-Seal")
        if names and b"from" not in names:
            raise Refused("fail", because("signature-from-unsigned"))
    except BadTagList as bad:
        raise Refused("fail", _at("arc-message-signature", arc_set, because("signature-syntax", problem=bad))) from None
    except Refused as refused:
        raise Refused("fail", _at("arc-message-signature", arc_set, refused)) from None
    if b"c" in arc_set.message_tags:
        return [signature]
    return [signature._replace(header_form="simple", body_form="simple"), signature]


def _parse_seal(arc_set: ArcSet) -> _Seal:
    """RFC 8617 §4.1.3: a=, b=, cv=, d=, i=, s= and perhaps t=; h= must not be there."""
    tags = arc_set.seal_tags
    try:
        algorithm = tags.get(b"a", b"")
        if b"h" in tags:
            raise BadTagList("h= is not allowed")
        if algorithm not in ALGORITHMS:
            raise Refused("fail", because("signature-algorithm", algorithm=shown(algorithm)))
        number(tags, b"t")
        domain, selector = to_host_name(tags.get(b"d", b"")), to_host_name(tags.get(b"s", b""))
        if not domain or not selector or "." not in domain:
            raise Refused("fail", because("signature-domain", domain=shown(tags.get(b"d", b""))))
        signature = decode_base64(tags.get(b"b", b""))
        if signature is None:
            raise BadTagList("b= is not base64")
    except BadTagList as bad:
        raise Refused("fail", _at("arc-seal", arc_set, because("signature-syntax", problem=bad))) from None
    except Refused as refused:
        raise Refused("fail", _at("arc-seal", arc_set, refused)) from None
    return _Seal(algorithm.decode(), ALGORITHMS[algorithm], domain, selector, signature)


def _check_key(key: PublicKey, key_type: str, algorithm: str) -> None:
    if key.kind != key_type:
        raise Refused("fail", because("key-type", algorithm=algorithm))
    if key.hashes is not None and b"sha256" not in key.hashes:
        raise Refused("fail", because("key-hash", hash="sha256"))
    if not key.services & {b"*", b"email"}:
        raise Refused("fail", because("key-service"))
    if key.kind == "rsa" and key.bits < SMALLEST_RSA:
        raise Refused("fail", because("key-small", bits=key.bits))


def _at(code: str, arc_set: ArcSet, why: Refused | Reason) -> Reason:
    reason = why.reason if isinstance(why, Refused) else why
    return because(code, instance=arc_set.instance, problem=reason.comment)

"""The DKIM-Signature field as a value: what it claims, checked for what can be checked without key and body."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias, cast

from fumibako.mail.alabel import to_a_labels, to_host_name
from fumibako.mail.header import HeaderField
from fumibako.mailauth.canonical import HeaderForm
from fumibako.mailauth.reason import because
from fumibako.mailauth.tags import BadTagList, decode_base64, number, parse_tags, shown, without_folding, words
from fumibako.mailauth.verdict import Refused

BodyHashForm: TypeAlias = Literal["simple", "relaxed"]

ALGORITHMS = {b"rsa-sha256": "rsa", b"ed25519-sha256": "ed25519"}  # RFC 8301 §3.1, RFC 8463 §3
FUTURE_LIMIT = 86_400  # seconds; clocks differ, not by a day


class Signature(NamedTuple):
    """A signature that is well-formed. Domain, selector and identity are in lower case and A-labels."""

    field: HeaderField
    algorithm: str
    key_type: str
    domain: str
    selector: str
    identity: str
    header_form: HeaderForm
    body_form: BodyHashForm
    names: tuple[bytes, ...]
    signature: bytes
    body_hash: bytes
    body_length: int | None
    timestamp: int | None
    expiration: int | None

    @property
    def key_name(self) -> str:
        """Where its key is published (RFC 6376 §3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"


class Claim(NamedTuple):
    """What a field says of itself, whether it is well-formed or not: enough to name it in a result."""

    domain: str = ""
    selector: str = ""
    identity: str = ""
    algorithm: str = ""
    signature_start: str = ""


def claimed(field: HeaderField) -> Claim:
    """The names in a field that may be malformed; empty where it has none."""
    try:
        tags = parse_tags(field.value)
    except BadTagList:
        return Claim()
    return claim_of(tags)


def claim_of(tags: dict[bytes, bytes]) -> Claim:
    return Claim(
        domain=to_a_labels(tags.get(b"d", b"")) or "",
        selector=to_a_labels(tags.get(b"s", b"")) or "",
        identity=shown(tags.get(b"i", b""), 320),
        algorithm=shown(tags.get(b"a", b"")),
        signature_start=shown(tags.get(b"b", b"").translate(None, b" \t\r\n")[:8]),  # RFC 6008 §4
    )


def parse_signature(field: HeaderField, tags: dict[bytes, bytes], now: int) -> Signature:
    """Checks a field by RFC 6376 §6.1.1 and before; raises `Refused` with status and reason.

    What is malformed is `neutral`, what the RFC calls a permanent failure `permerror` or `fail`, what this verifier does
    not accept though it be true `policy` (RFC 8601 §2.7.1).
    """
    version = _required(tags, b"v")
    if version != b"1":
        raise Refused("neutral", because("signature-version", version=shown(version)))
    try:
        parsed = parse_common(field, tags)
    except BadTagList as bad:
        raise Refused("neutral", because("signature-syntax", problem=bad)) from None
    if b"from" not in [name.lower() for name in parsed.names]:
        raise Refused("permerror", because("signature-from-unsigned"))  # §6.1.1
    if b"dns/txt" not in words(tags.get(b"q", b"dns/txt")):
        raise Refused("neutral", because("signature-query", query=shown(tags[b"q"])))
    if parsed.timestamp is not None and parsed.expiration is not None and parsed.expiration <= parsed.timestamp:
        raise Refused("neutral", because("signature-syntax", problem="x= is not after t="))
    if parsed.expiration is not None and parsed.expiration < now:
        raise Refused("fail", because("signature-expired"))
    if parsed.timestamp is not None and parsed.timestamp > now + FUTURE_LIMIT:
        raise Refused("fail", because("signature-future"))
    return parsed


def parse_common(field: HeaderField, tags: dict[bytes, bytes], *, identified: bool = True) -> Signature:
    """What DKIM-Signature and ARC-Message-Signature share; in the latter i= is no identity (RFC 8617 §4.1.2).

    Raises `Refused` or `BadTagList`.
    """
    algorithm = _required(tags, b"a")
    if algorithm == b"rsa-sha1":
        raise Refused("policy", because("signature-algorithm-historic", algorithm="rsa-sha1"))  # RFC 8301 §3.1
    if algorithm not in ALGORITHMS:
        raise Refused("neutral", because("signature-algorithm", algorithm=shown(algorithm)))
    signature = decode_base64(_required(tags, b"b"))
    body_hash = decode_base64(_required(tags, b"bh"))
    if signature is None or body_hash is None:
        raise BadTagList("b= is not base64" if signature is None else "bh= is not base64")
    domain = _name(tags, b"d")
    selector = _name(tags, b"s")
    if identified or b"h" not in tags:
        _required(tags, b"h")  # an ARC message signature may cover no field but its own
    names = tuple([name for name in words(tags[b"h"]) if name])
    header_form, body_form = _forms(tags.get(b"c", b"simple/simple" if identified else b"relaxed/relaxed"))
    identity = _identity(tags, domain) if identified else f"@{domain}"
    return Signature(
        field=field,
        algorithm=algorithm.decode("ascii"),
        key_type=ALGORITHMS[algorithm],
        domain=domain,
        selector=selector,
        identity=identity,
        header_form=header_form,
        body_form=body_form,
        names=names,
        signature=signature,
        body_hash=body_hash,
        body_length=number(tags, b"l"),
        timestamp=number(tags, b"t"),
        expiration=number(tags, b"x"),
    )


def _required(tags: dict[bytes, bytes], name: bytes) -> bytes:
    value = tags.get(name)
    if not value:
        raise Refused("neutral", because("signature-tag-missing", tag=name.decode()))  # §6.1.1
    return value


def _name(tags: dict[bytes, bytes], tag: bytes) -> str:
    value = _required(tags, tag)
    name = to_host_name(value)
    if name is None or value.endswith(b".") or (tag == b"d" and "." not in name):
        raise Refused("neutral", because("signature-domain", domain=shown(value)))
    return name


def _forms(value: bytes) -> tuple[HeaderForm, BodyHashForm]:
    """c=: the header's form, then the body's, which is simple when not said (§3.5)."""
    header, slash, body = value.partition(b"/")
    body = body if slash else b"simple"
    if header not in {b"simple", b"relaxed"} or body not in {b"simple", b"relaxed"}:
        raise Refused("neutral", because("signature-canonicalization", canonicalization=shown(value)))
    return cast("HeaderForm", header.decode()), cast("BodyHashForm", body.decode())


def _identity(tags: dict[bytes, bytes], domain: str) -> str:
    """i=: an address in the signing domain or one below it; "@" and the domain when not said (§3.5)."""
    value = tags.get(b"i")
    if value is None:
        return f"@{domain}"
    local_part, at, identity_domain = without_folding(value).rpartition(b"@")  # it may be folded anywhere, §2.11
    name = None if identity_domain.endswith(b".") else to_host_name(identity_domain)
    if not at or name is None or not (name == domain or name.endswith(f".{domain}")):
        raise Refused("permerror", because("signature-identity", identity=shown(value), domain=domain))
    return f"{shown(local_part, 256)}@{name}"

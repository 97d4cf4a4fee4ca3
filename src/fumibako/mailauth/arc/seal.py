"""Adding a set to a chain, as the last thing before a message is sent on (RFC 8617 §5.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from fumibako.mail.header import HeaderField, HeaderSection
from fumibako.mailauth.arc.chain import SET_LIMIT, validation_status
from fumibako.mailauth.arc.verify import ArcResult
from fumibako.mailauth.body import BodySink
from fumibako.mailauth.canonical import CanonicalHeader, relaxed, unsigned
from fumibako.mailauth.dkim.sign import SEALED, SIGNED, complete, names_to_sign
from fumibako.mailauth.privatekey import SigningKey
from fumibako.mailauth.tagformat import base64_text, fold_tags

SEALED_BY_ARC: tuple[bytes, ...] = tuple(name for name in SEALED if name != b"Sender")
SIGNED_BY_ARC: tuple[bytes, ...] = (*SIGNED, b"Sender", b"DKIM-Signature")  # RFC 8617 §4.1.2 recommends the latter


@dataclass(frozen=True, slots=True)
class Sealer:
    """The domain that seals, in A-labels, with its key. `names` overrides what the message signature covers."""

    domain: str
    selector: str
    key: SigningKey
    names: tuple[bytes, ...] | None = None


def seal(
    header: HeaderSection, body: BodySink, chain: ArcResult, payload: bytes, sealer: Sealer, *, now: int
) -> list[HeaderField]:
    """The new set's fields, to be put at the top in this order: seal, message signature, results.

    `header` is the message as it goes on (without the fields that this server takes away), `body` a finished hash of it
    in the relaxed form, `chain` what verifying found, and `payload` what this server's own checks found, as the value of an
    Authentication-Results field. Empty when nothing may be added: the chain was already said to have failed (§5.1, "MUST
    NOT"), is full, or could not be judged for now.
    """
    before = chain.sets if chain.passed else ()
    latest = chain.sets[-1] if chain.sets else None
    if chain.temporary or (latest and validation_status(latest) == b"fail"):
        return []
    instance = _next_instance(header, chain)
    if instance > SET_LIMIT:
        return []
    results = HeaderField(b"ARC-Authentication-Results", b" i=%d;%b" % (instance, payload))
    signed = _message_signature(CanonicalHeader(header), body, instance, sealer, now)
    name = b"ARC-Seal"
    status = {"none": "none", "pass": "pass", "fail": "fail"}[chain.status]
    tags = [
        ("i", str(instance)),
        ("a", sealer.key.algorithm),
        ("cv", status),
        ("d", sealer.domain),
        ("s", sealer.selector),
        ("t", str(now)),
    ]
    bare = HeaderField(name, fold_tags([*tags, ("b", "")], len(name) + 1))
    digest = hashlib.sha256()
    for arc_set in before:  # a failed chain is sealed by its last set alone, §5.1.2
        for field in (arc_set.results, arc_set.message, arc_set.seal):
            digest.update(relaxed(field))
    digest.update(relaxed(results) + relaxed(signed) + unsigned(bare, "relaxed"))
    value = fold_tags([*tags, ("b", base64_text(sealer.key.sign(digest.digest())))], len(name) + 1)
    return [HeaderField(name, value), signed, results]


def _next_instance(header: HeaderSection, chain: ArcResult) -> int:
    """One more than the chain has; of a chain that is none, more than any of its pieces (§5.1.2)."""
    if chain.sets:
        return chain.sets[-1].instance + 1
    if chain.status == "none":
        return 1
    return (
        max(len(header.places(key)) for key in (b"arc-seal", b"arc-message-signature", b"arc-authentication-results"))
        + 1
    )


def _message_signature(
    canonical: CanonicalHeader, body: BodySink, instance: int, sealer: Sealer, now: int
) -> HeaderField:
    names: Sequence[bytes] | None = sealer.names
    if names is None:
        names = names_to_sign(canonical.header, SEALED_BY_ARC, SIGNED_BY_ARC)
    tags = [
        ("i", str(instance)),
        ("a", sealer.key.algorithm),
        ("c", "relaxed/relaxed"),
        ("d", sealer.domain),
        ("s", sealer.selector),
        ("t", str(now)),
        ("h", b":".join(names).decode("ascii")),
        ("bh", base64_text(body.digest())),
    ]
    return complete(b"ARC-Message-Signature", tags, names, canonical, "relaxed", sealer.key)

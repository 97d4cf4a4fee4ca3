"""Signing a message with DKIM (RFC 6376 §5).

A `Signing` is made from the complete header, for any number of signers: a domain that has an RSA and an Ed25519 key signs
twice (RFC 8463 §3), and the body is hashed once. When the body has ended, `fields` gives the signature fields to put on top.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from fumibako.mail.header import HeaderField, HeaderSection
from fumibako.mailauth.body import BodyHasher
from fumibako.mailauth.canonical import CanonicalHeader, HeaderForm
from fumibako.mailauth.dkim.signature import BodyHashForm
from fumibako.mailauth.privatekey import SigningKey
from fumibako.mailauth.tagformat import base64_text, fold_tags

# What a person or a program goes by (RFC 6376 §5.4.1). These are named once more than they occur, so that nobody can add
# another one (§8.15).
SEALED: tuple[bytes, ...] = (
    b"From", b"Sender", b"Reply-To", b"Subject", b"Date", b"Message-ID", b"To", b"Cc",
    b"MIME-Version", b"Content-Type", b"Content-Transfer-Encoding", b"In-Reply-To", b"References",
)  # fmt: skip
# These are signed where they occur, and a mailing list may add its own.
SIGNED: tuple[bytes, ...] = (
    b"Resent-From", b"Resent-Sender", b"Resent-Date", b"Resent-To", b"Resent-Cc", b"Resent-Message-ID", b"Content-ID",
    b"Content-Description", b"Content-Disposition", b"List-Id", b"List-Help", b"List-Unsubscribe",
    b"List-Unsubscribe-Post", b"List-Subscribe", b"List-Post", b"List-Owner", b"List-Archive", b"Autocrypt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signer:
    """A domain's key and how to sign with it. Domain and selector in A-labels."""

    domain: str
    selector: str
    key: SigningKey
    header_form: HeaderForm = "relaxed"
    body_form: BodyHashForm = "relaxed"
    sealed: tuple[bytes, ...] = SEALED
    signed: tuple[bytes, ...] = SIGNED
    identity: str | None = None
    lifetime: int | None = None  # seconds until x=


class Signing:
    """A message on its way to its signatures."""

    def __init__(self, header: HeaderSection, body: BodyHasher, signers: Sequence[Signer], *, now: int) -> None:
        self._canonical = CanonicalHeader(header)
        self._now = now
        self._wanted = [(signer, body.want(signer.body_form)) for signer in signers]

    def fields(self) -> list[HeaderField]:
        """The signature fields, one a signer, each to be put at the top. The body must have ended."""
        return [self._field(signer, body.digest()) for signer, body in self._wanted]

    def _field(self, signer: Signer, body_hash: bytes) -> HeaderField:
        names = names_to_sign(self._canonical.header, signer.sealed, signer.signed)
        tags = [
            ("v", "1"),
            ("a", signer.key.algorithm),
            ("c", f"{signer.header_form}/{signer.body_form}"),
            ("d", signer.domain),
            ("s", signer.selector),
            *([("i", signer.identity)] if signer.identity else []),
            ("t", str(self._now)),
            *([("x", str(self._now + signer.lifetime))] if signer.lifetime else []),
            ("h", b":".join(names).decode("ascii")),
            ("bh", base64_text(body_hash)),
        ]
        return complete(b"DKIM-Signature", tags, names, self._canonical, signer.header_form, signer.key)


def complete(
    name: bytes,
    tags: list[tuple[str, str]],
    names: Sequence[bytes],
    canonical: CanonicalHeader,
    form: HeaderForm,
    key: SigningKey,
) -> HeaderField:
    """The field with its b=: made first with an empty one, which is what gets signed (RFC 6376 §3.7)."""
    bare = HeaderField(name, fold_tags([*tags, ("b", "")], len(name) + 1))
    digest = hashlib.sha256(canonical.signed_octets(names, bare, form)).digest()
    signed = HeaderField(name, fold_tags([*tags, ("b", base64_text(key.sign(digest)))], len(name) + 1))
    assert signed.value.startswith(bare.value)  # else simple canonicalization would see another field
    return signed


def names_to_sign(header: HeaderSection, sealed: Sequence[bytes], signed: Sequence[bytes]) -> list[bytes]:
    """h=: every occurrence of each name, and of the sealed ones one more."""
    names: list[bytes] = []
    for name in sealed:
        names += [name] * (len(header.places(name.lower())) + 1)
    for name in signed:
        names += [name] * len(header.places(name.lower()))
    return names

"""Signing a message with DomainKeys (RFC 4870 §3.4)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from fumibako.mail.header import HeaderField, HeaderSection
from fumibako.mailauth.body import BodyHasher
from fumibako.mailauth.dkim.sign import SEALED, SIGNED
from fumibako.mailauth.domainkeys.signature import DomainKeysForm, canonical_field
from fumibako.mailauth.privatekey import SigningKey
from fumibako.mailauth.tagformat import base64_text, fold_tags

_NAMES = frozenset(name.lower() for name in (*SEALED, *SIGNED))


@dataclass(frozen=True, slots=True)
class DomainKeysSigner:
    """A domain's RSA key; the domain must be the sender's or one above it."""

    domain: str
    selector: str
    key: SigningKey
    form: DomainKeysForm = "nofws"


class Signing:
    """A message on its way to its signature, which goes above every field that it covers."""

    def __init__(self, header: HeaderSection, body: BodyHasher, signer: DomainKeysSigner) -> None:
        self._signer = signer
        fields = [field for field in header if field.key in _NAMES]
        self._names = [field.name.rstrip(b" \t").decode("ascii") for field in fields]
        digest = hashlib.sha1(usedforsecurity=False)
        for field in fields:
            digest.update(canonical_field(field, signer.form))
        self._sink = body.attach("dk-simple" if signer.form == "simple" else "dk-nofws", digest)

    def field(self) -> HeaderField:
        """The DomainKey-Signature field. The body must have ended."""
        signature = self._signer.key.sign(self._sink.digest(), "sha1")
        tags = [
            ("a", "rsa-sha1"),
            ("q", "dns"),
            ("c", self._signer.form),
            ("d", self._signer.domain),
            ("s", self._signer.selector),
            ("h", ":".join(self._names)),
            ("b", base64_text(signature)),
        ]
        name = b"DomainKey-Signature"
        return HeaderField(name, fold_tags(tags, len(name) + 1))


def key_record(key: SigningKey, *, testing: bool) -> str:
    """The text record that publishes the key: `t=y; k=rsa; p=…` (RFC 4870 §3.2.3)."""
    return f"{'t=y; ' if testing else ''}k=rsa; p={key.public}"

"""The keys that domains publish at `SELECTOR._domainkey.DOMAIN`, for DKIM, ARC and DomainKeys (RFC 6376 §3.6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key

from fumibako.mailauth.reason import Reason, because
from fumibako.mailauth.tags import BadTagList, decode_base64, parse_tags, shown, words

KeyType: TypeAlias = Literal["rsa", "ed25519"]

SMALLEST_RSA = 1024  # RFC 8301 §3.2: "Verifiers MUST NOT consider signatures using RSA keys of less than 1024 bits"
RECORD_LIMIT = 8_192  # octets; a 16,384-bit key, the largest that OpenSSL takes, needs 2,800

_PADDING = PKCS1v15()
_PREHASHED = {"sha256": Prehashed(hashes.SHA256()), "sha1": Prehashed(hashes.SHA1())}  # noqa: S303  (DomainKeys has no other)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A published key and what its domain allows it for."""

    key: RSAPublicKey | Ed25519PublicKey
    kind: KeyType
    bits: int
    hashes: frozenset[bytes] | None  # None: all
    services: frozenset[bytes]
    flags: frozenset[bytes]
    granularity: bytes | None  # DomainKeys' g=

    @property
    def testing(self) -> bool:
        return b"y" in self.flags

    @property
    def strict(self) -> bool:
        """The identity may be of the domain itself only, not of one below (t=s)."""
        return b"s" in self.flags

    def verifies(self, signature: bytes, digest: bytes, hash_name: str = "sha256") -> bool:
        """Whether it is this key's signature over data with that digest."""
        try:
            if isinstance(self.key, RSAPublicKey):
                self.key.verify(signature, digest, _PADDING, _PREHASHED[hash_name])
            else:
                self.key.verify(signature, digest)  # RFC 8463 §3: PureEdDSA over the SHA-256 digest
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return True


@lru_cache(maxsize=1024)
def parse_public_key(record: bytes) -> PublicKey | Reason:
    """The key of a text record, or why it is none. Parsed keys are kept: the same senders write all day."""
    if len(record) > RECORD_LIMIT:
        return because("key-syntax", problem="record is too long")
    try:
        tags = parse_tags(record)
    except BadTagList as bad:
        return because("key-syntax", problem=bad)
    version = tags.get(b"v")
    if version is not None and (version != b"DKIM1" or next(iter(tags)) != b"v"):
        return because("key-version", version=shown(version))
    kind = tags.get(b"k", b"rsa")
    if kind not in {b"rsa", b"ed25519"}:
        return because("key-syntax", problem=f"unknown type {shown(kind)}")
    if b"p" not in tags:
        return because("key-syntax", problem="it lacks p=")
    if not tags[b"p"]:
        return because("key-revoked")  # "An empty value means that this public key has been revoked"
    material = decode_base64(tags[b"p"])
    if material is None:
        return because("key-syntax", problem="p= is not base64")
    loaded = _load(material, "rsa" if kind == b"rsa" else "ed25519")
    if loaded is None:
        return because("key-syntax", problem="p= holds no such key")
    return PublicKey(
        key=loaded,
        kind="rsa" if kind == b"rsa" else "ed25519",
        bits=loaded.key_size if isinstance(loaded, RSAPublicKey) else 256,
        hashes=frozenset(words(tags[b"h"])) if b"h" in tags else None,
        services=frozenset(words(tags.get(b"s", b"*"))),
        flags=frozenset(words(tags.get(b"t", b""))),
        granularity=tags.get(b"g"),
    )


def _load(material: bytes, kind: KeyType) -> RSAPublicKey | Ed25519PublicKey | None:
    try:
        if kind == "ed25519":
            # RFC 8463 §4.2: the 32 octets themselves; some publish the SubjectPublicKeyInfo around them
            if len(material) == 44 and material.startswith(bytes.fromhex("302a300506032b6570032100")):
                material = material[12:]
            return Ed25519PublicKey.from_public_bytes(material)
        # RFC 6376 §3.6.1 says RSAPublicKey and shows SubjectPublicKeyInfo (erratum 3017); this takes both
        key = load_der_public_key(material)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) else None

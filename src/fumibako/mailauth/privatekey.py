"""The keys that a domain signs with, and the record that publishes their public half (RFC 6376 §3.6.1)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from fumibako.mail.malformed import Malformed
from fumibako.mailauth.publickey import KeyType

_PADDING = PKCS1v15()
_PREHASHED = {"sha256": Prehashed(hashes.SHA256()), "sha1": Prehashed(hashes.SHA1())}  # noqa: S303  (DomainKeys has no other)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, loaded. Loading one costs as much as sixty signatures: do it once."""

    key: RSAPrivateKey | Ed25519PrivateKey
    kind: KeyType

    @classmethod
    def load(cls, pem: bytes) -> SigningKey:
        """A key in PEM, PKCS#1 or PKCS#8, without a password.

        Raises `Malformed` with code `private-key` (not such a PEM, or a broken key), `private-key-encrypted` or
        `private-key-type` (neither RSA nor Ed25519).
        """
        try:
            key = load_pem_private_key(pem, password=None)
        except TypeError:
            raise Malformed("private-key-encrypted") from None
        except (ValueError, UnsupportedAlgorithm):
            raise Malformed("private-key") from None
        return cls.of(key)

    @classmethod
    def of(cls, key: object) -> SigningKey:
        """The same for a key that `cryptography` has loaded or made already."""
        if isinstance(key, RSAPrivateKey):
            return cls(key, "rsa")
        if isinstance(key, Ed25519PrivateKey):
            return cls(key, "ed25519")
        raise Malformed("private-key-type")

    @property
    def bits(self) -> int:
        return self.key.key_size if isinstance(self.key, RSAPrivateKey) else 256

    @property
    def algorithm(self) -> str:
        """Its name in `a=`."""
        return f"{self.kind}-sha256"

    def sign(self, digest: bytes, hash_name: Literal["sha256", "sha1"] = "sha256") -> bytes:
        """A signature over data with that digest (RFC 6376 §3.3.2; RFC 8463 §3)."""
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(digest, _PADDING, _PREHASHED[hash_name])
        return self.key.sign(digest)

    @property
    def public(self) -> str:
        """The public key as it stands in `p=`: SubjectPublicKeyInfo for RSA, the 32 octets for Ed25519 (RFC 8463 §4.2)."""
        if isinstance(self.key, RSAPrivateKey):
            octets = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            octets = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(octets).decode("ascii")

    @property
    def dkim_record(self) -> str:
        """The text record that publishes it for DKIM and ARC."""
        return f"v=DKIM1; k={self.kind}; p={self.public}"

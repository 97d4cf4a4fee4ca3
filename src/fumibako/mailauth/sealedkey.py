"""Private keys on their way: sealed so that only the mail filter of one node can open them.

Sealing takes the node's public key (X25519) and a key pair made for this one text: both give a shared secret, HKDF-SHA256
makes the key of it, ChaCha20-Poly1305 encrypts. What the key is for (`DOMAIN/SELECTOR`) is authenticated with it, so that a
sealed key cannot be passed off as another domain's. Nothing is random here: the key pair is an argument, and each is used once,
which is why the nonce may be zero.

The text is `1.` and base64url, without `=`, of the public half of that pair, ciphertext and tag.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_MARK: Final = "1."
_NONCE: Final = bytes(12)
_KEY: Final = 32


class NotSealedForUs(Exception):
    """The text was sealed for another node or another name, or is none."""


def seal(public: bytes, name: str, content: bytes, once: X25519PrivateKey) -> str:
    """`content` sealed to the holder of the public key (32 octets); `once` was made for this call."""
    mine = once.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    shared = once.exchange(X25519PublicKey.from_public_bytes(public))
    sealed = ChaCha20Poly1305(_derived(shared, mine, public)).encrypt(_NONCE, content, name.encode())
    return _MARK + base64.urlsafe_b64encode(mine + sealed).rstrip(b"=").decode("ascii")


def unseal(private: bytes, name: str, text: str) -> bytes:
    """The content; raises `NotSealedForUs`."""
    key = X25519PrivateKey.from_private_bytes(private)
    try:
        octets = base64.b64decode(text.removeprefix(_MARK) + "=" * (-len(text.removeprefix(_MARK)) % 4), b"-_", True)
        mine, sealed = octets[:_KEY], octets[_KEY:]
        shared = key.exchange(X25519PublicKey.from_public_bytes(mine))
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return ChaCha20Poly1305(_derived(shared, mine, public)).decrypt(_NONCE, sealed, name.encode())
    except (ValueError, binascii.Error, InvalidTag):
        raise NotSealedForUs(name) from None


def _derived(shared: bytes, mine: bytes, public: bytes) -> bytes:
    return HKDF(SHA256(), _KEY, mine + public, b"fumibako sealed key 1").derive(shared)

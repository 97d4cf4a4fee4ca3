"""A private key for signing as somebody hands it over: a PEM text, read strictly, refused with the reason."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

Use = Literal["dkim", "domainkeys"]
Kind = Literal["rsa", "ed25519"]

# The smallest and the largest RSA key of each use, in bits. DKIM: "Signers MUST use RSA keys of at least 1024 bits …
# SHOULD use 2048" (RFC 8301 §3.2); verifiers need not take more than 4096. DomainKeys: 512 to 2048 (RFC 4870 §3.2.3),
# of which less than 1024 is broken today.
SIZES: Final[dict[Use, tuple[int, int]]] = {"dkim": (2048, 4096), "domainkeys": (1024, 2048)}
# A PEM of 4096 bits has some 3,300 octets; reading a huge one would cost seconds.
_LONGEST: Final = 16_384
_NAMES: Final[dict[Use, str]] = {"dkim": "DKIM", "domainkeys": "DomainKeys"}
_BLOCK: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`private` is PKCS#8 in PEM, without a passphrase. `public` is what DNS publishes behind p=: base64 of the
    SubjectPublicKeyInfo for RSA (RFC 6376 §3.6.1), of the 32 octets for Ed25519 (RFC 8463 §4.2)."""

    kind: Kind
    bits: int
    public: str
    private: str = field(repr=False)


def of_key(key: RSAPrivateKey | Ed25519PrivateKey) -> SigningKey:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    if isinstance(key, RSAPrivateKey):
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return SigningKey("rsa", key.key_size, base64.b64encode(public).decode(), private)
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return SigningKey("ed25519", 256, base64.b64encode(raw).decode(), private)


def read(pem: str, use: Use, path: str) -> tuple[SigningKey | None, list[Finding]]:
    """The key, or the finding that says why it cannot be used. The text itself never stands in a message."""

    def refused(code: str, message: Text) -> tuple[None, list[Finding]]:
        return None, [Finding(code, path, message)]

    blocks = _BLOCK.findall(pem[: _LONGEST + 1])
    if len(pem) > _LONGEST:
        return refused("key-too-long", _TOO_LONG)
    if not blocks:
        return refused("key-not-pem", _NOT_PEM)
    if len(blocks) > 1 or pem.count("-----BEGIN ") != 1:
        return refused("key-several", _SEVERAL)
    label, body = blocks[0]
    if label in _OTHER_THINGS:
        return refused(*_OTHER_THINGS[label])
    if label == "ENCRYPTED PRIVATE KEY" or "ENCRYPTED" in body:
        return refused("key-encrypted", _ENCRYPTED)
    if label not in ("RSA PRIVATE KEY", "PRIVATE KEY"):
        return refused("key-not-private", _NOT_PRIVATE.with_(label=label))
    text = f"-----BEGIN {label}-----{body}-----END {label}-----\n".encode()
    try:
        # Whether the numbers fit together is looked at when there are not too many of them: it takes long.
        key = load_pem_private_key(text, password=None, unsafe_skip_rsa_key_validation=True)
        found = _judged(key, use, refused)
        if found[0] is not None and isinstance(key, RSAPrivateKey):
            load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return refused("key-broken", _BROKEN)
    return found


def _judged(
    key: Any, use: Use, refused: Callable[[str, Text], tuple[None, list[Finding]]]
) -> tuple[SigningKey | None, list[Finding]]:
    if isinstance(key, Ed25519PrivateKey):
        return (of_key(key), []) if use == "dkim" else refused("key-kind", _ED25519_DOMAINKEYS)
    if not isinstance(key, RSAPrivateKey):
        return refused("key-kind", _KIND)
    low, high = SIZES[use]
    values = {"bits": key.key_size, "low": low, "high": high, "use": _NAMES[use]}
    if key.key_size < low:
        return refused("key-too-short", _SHORT.with_(**values))
    if key.key_size > high:
        return refused("key-too-large", _LARGE.with_(**values))
    return of_key(key), []


_TOO_LONG: Final = Text(
    "This is longer than any key that DNS can publish. Upload one private key in PEM form.",
    "DNS で公開できる鍵より長すぎます。PEM 形式の秘密鍵を 1 つだけ指定してください。",
)
_NOT_PEM: Final = Text(
    "There is no key in it. A PEM file has a line -----BEGIN PRIVATE KEY----- and one that ends it.",
    "鍵が見つかりません。PEM ファイルは -----BEGIN PRIVATE KEY----- の行で始まり、対応する END の行で終わります。",
)
_SEVERAL: Final = Text(
    "There is more than one thing in it. Upload exactly one private key.",
    "複数の内容が含まれています。秘密鍵を 1 つだけ指定してください。",
)
_PUBLIC: Final = Text(
    "This is a public key. Signing needs the private one; the public key is derived from it.",
    "これは公開鍵です。署名には秘密鍵が必要です (公開鍵は秘密鍵から作ります)。",
)
_CERTIFICATE: Final = Text(
    "This is a certificate. Signing needs an RSA private key.", "これは証明書です。署名には RSA の秘密鍵が必要です。"
)
_EC: Final = Text(
    "This is an EC key. DKIM knows RSA and Ed25519 only.", "EC の鍵です。DKIM で使えるのは RSA と Ed25519 だけです。"
)
_OPENSSH: Final = Text(
    "This is in OpenSSH's own form. `ssh-keygen -p -m PKCS8 -f FILE` turns a copy of it into PEM.",
    "OpenSSH 独自の形式です。コピーを `ssh-keygen -p -m PKCS8 -f ファイル` で PEM に変換してください。",
)
_ENCRYPTED: Final = Text(
    "The key is encrypted with a passphrase. `openssl pkey -in FILE` writes it without.",
    "パスフレーズで暗号化されています。`openssl pkey -in ファイル` で暗号化を外してください。",
)
_NOT_PRIVATE: Final = Text("“{label}” is not a private key.", "「{label}」は秘密鍵ではありません。")
_BROKEN: Final = Text(
    "The key is damaged: it cannot be decoded. Copy it whole.",
    "鍵が壊れていて読み取れません。全体をコピーしてください。",
)
_KIND: Final = Text(
    "DKIM knows RSA and Ed25519 only; this is another kind of key.",
    "DKIM で使えるのは RSA と Ed25519 だけです。これは別の種類の鍵です。",
)
_ED25519_DOMAINKEYS: Final = Text(
    "DomainKeys knows RSA only; use this key for DKIM.",
    "DomainKeys で使えるのは RSA だけです。この鍵は DKIM で使ってください。",
)
_SHORT: Final = Text(
    "This RSA key has {bits} bits; {use} needs {low} at least.",
    "この RSA 鍵は {bits} ビットです。{use} には {low} ビット以上が必要です。",
)
_LARGE: Final = Text(
    "This RSA key has {bits} bits; receivers verify {use} keys up to {high}.",
    "この RSA 鍵は {bits} ビットです。{use} で受信側が検証できるのは {high} ビットまでです。",
)
_OTHER_THINGS: Final[dict[str, tuple[str, Text]]] = {
    "PUBLIC KEY": ("key-public", _PUBLIC),
    "RSA PUBLIC KEY": ("key-public", _PUBLIC),
    "CERTIFICATE": ("key-certificate", _CERTIFICATE),
    "EC PRIVATE KEY": ("key-kind", _EC),
    "EC PARAMETERS": ("key-kind", _EC),
    "DSA PRIVATE KEY": ("key-kind", _KIND),
    "OPENSSH PRIVATE KEY": ("key-openssh", _OPENSSH),
}

"""Keys, a zone that publishes them, and short ways to sign and verify: what the tests here share."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from fumibako.mail.header import HeaderField, parse_message
from fumibako.mailauth.arc import verify as arc
from fumibako.mailauth.body import BodyHasher
from fumibako.mailauth.dkim import sign as dkim_sign
from fumibako.mailauth.dkim import verify as dkim
from fumibako.mailauth.domainkeys import sign as domainkeys_sign
from fumibako.mailauth.domainkeys import verify as domainkeys
from fumibako.mailauth.domainkeys.signature import DomainKeysForm
from fumibako.mailauth.privatekey import SigningKey
from tests.mailauth.zone import Zone, run

NOW = 1_700_000_000
LATER = 2_000_000_000  # other programs sign with the real time
DOMAIN = "example.org"

HEADER = (
    b"Received: from a (b [192.0.2.1])\r\n\tby c; Mon, 1 Jan 2024 00:00:00 +0000\r\n"
    b"From: =?UTF-8?B?6Iqx5a2Q?= <hanako@example.org>\r\n"
    b"To: b@example.net\r\n"
    b"Subject: Hallo  there\r\n\tfolded   \r\n"
    b"subject: a second one\r\n"
    b"Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n"
    b"Message-ID: <1@example.org>\r\n\r\n"
)
MESSAGE = HEADER + b"Hello,\r\n\r\nhow  are you?\r\n"


@dataclass(frozen=True)
class Keys:
    """An RSA and an Ed25519 key, published for example.org as `r` and `e`."""

    rsa: RSAPrivateKey = field(default_factory=lambda: generate_private_key(65537, 2048))
    ed25519: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def signing(self) -> dict[str, SigningKey]:
        return {"r": SigningKey.of(self.rsa), "e": SigningKey.of(self.ed25519)}

    @property
    def records(self) -> dict[str, str]:
        return {f"{selector}._domainkey.{DOMAIN}": key.dkim_record for selector, key in self.signing.items()}

    @property
    def zone(self) -> Zone:
        return zone_of(self.records)

    @property
    def rsa_pem(self) -> bytes:
        return self.rsa.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )

    @property
    def ed25519_pem(self) -> bytes:
        return self.ed25519.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def ed25519_seed(self) -> bytes:
        """As dkimpy wants it."""
        return base64.b64encode(self.ed25519.private_bytes_raw())


def zone_of(records: dict[str, str]) -> Zone:
    return Zone({name: [("TXT", text)] for name, text in records.items()})


def dkim_fields(message: bytes, signers: Sequence[dkim_sign.Signer], now: int = NOW) -> list[HeaderField]:
    header, body = parse_message(message)
    hasher = BodyHasher()
    signing = dkim_sign.Signing(header, hasher, signers, now=now)
    hasher.feed(body)
    hasher.finish()
    return signing.fields()


def dkim_signed(message: bytes, *signers: dkim_sign.Signer, now: int = NOW) -> bytes:
    return b"".join(field.octets for field in dkim_fields(message, signers, now)) + message


def dkim_results(message: bytes, zone: Zone, now: int = LATER) -> list[dkim.DkimResult]:
    header, body = parse_message(message)
    hasher = BodyHasher()
    verification = dkim.Verification(header, hasher, now=now)
    hasher.feed(body)
    hasher.finish()
    return run(verification.results(zone))


def dkim_status(message: bytes, zone: Zone, now: int = LATER) -> tuple[str, str]:
    """Status and reason code of the first signature."""
    result = dkim_results(message, zone, now)[0]
    return result.status, result.reason.code


def domainkeys_signed(message: bytes, key: SigningKey, form: DomainKeysForm, domain: str = DOMAIN) -> bytes:
    header, body = parse_message(message)
    hasher = BodyHasher()
    signing = domainkeys_sign.Signing(header, hasher, domainkeys_sign.DomainKeysSigner(domain, "r", key, form))
    hasher.feed(body)
    hasher.finish()
    return signing.field().octets + message


def domainkeys_result(message: bytes, zone: Zone) -> domainkeys.DomainKeysResult:
    header, body = parse_message(message)
    hasher = BodyHasher()
    verification = domainkeys.Verification(header, hasher)
    hasher.feed(body)
    hasher.finish()
    return run(verification.result(zone))


def arc_result(message: bytes, zone: Zone) -> arc.ArcResult:
    header, body = parse_message(message)
    hasher = BodyHasher()
    verification = arc.Verification(header, hasher)
    hasher.feed(body)
    hasher.finish()
    return run(verification.result(zone))

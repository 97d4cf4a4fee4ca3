"""Signing keys come in PEM, PKCS#1 or PKCS#8; what is none says why."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fumibako.mail.malformed import Malformed
from fumibako.mailauth.privatekey import SigningKey
from fumibako.mailauth.publickey import PublicKey, parse_public_key
from tests.mailauth.signed import Keys


def test_both_forms_of_pem_are_read_and_give_the_same_public_key(keys: Keys) -> None:
    pkcs8 = keys.rsa.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    loaded = [SigningKey.load(pem) for pem in (keys.rsa_pem, pkcs8)]
    assert {(key.kind, key.bits, key.algorithm) for key in loaded} == {("rsa", 2048, "rsa-sha256")}
    assert len({key.public for key in loaded}) == 1
    assert SigningKey.load(keys.ed25519_pem).algorithm == "ed25519-sha256"


def test_the_published_record_is_the_keys_own(keys: Keys) -> None:
    for key in keys.signing.values():
        published = parse_public_key(key.dkim_record.encode())
        assert isinstance(published, PublicKey)
        assert (published.kind, published.bits) == (key.kind, key.bits)
        assert published.verifies(key.sign(b"d" * 32), b"d" * 32)
        assert not published.verifies(key.sign(b"d" * 32), b"e" * 32)
    assert len(base64.b64decode(keys.signing["e"].public)) == 32  # RFC 8463 §4.2


def test_what_is_no_signing_key_says_why(keys: Keys) -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    locked = serialization.BestAvailableEncryption(b"secret")
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    public = keys.rsa.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    for octets, code in (
        (keys.rsa.private_bytes(pem, pkcs8, locked), "private-key-encrypted"),
        (curve.private_bytes(pem, pkcs8, serialization.NoEncryption()), "private-key-type"),
        (public, "private-key"),
        (keys.rsa_pem[:-100], "private-key"),
        (b"", "private-key"),
        (b"\xff\0", "private-key"),
    ):
        with pytest.raises(Malformed) as refused:
            SigningKey.load(octets)
        assert refused.value.code == code

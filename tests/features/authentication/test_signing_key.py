"""Private keys as people upload them: what is taken, what is refused, and why."""

from __future__ import annotations

import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from fumibako.features.authentication.signing_key import Use, read
from fumibako.mailauth.publickey import PublicKey, parse_public_key

RSA_KEYS = {bits: rsa.generate_private_key(65537, bits) for bits in (1024, 2048)}
ED25519 = ed25519.Ed25519PrivateKey.generate()
EC = ec.generate_private_key(ec.SECP256R1())


def pem(key: object, form: PrivateFormat = PrivateFormat.PKCS8, passphrase: bytes | None = None) -> str:
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    text: str = key.private_bytes(Encoding.PEM, form, encryption).decode()  # type: ignore[attr-defined]
    return text


def public(key: object) -> str:
    text: str = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()  # type: ignore[attr-defined]
    return text


def openssl_rsa(bits: int) -> str:
    """A key of a size that `cryptography` itself no longer makes."""
    made = subprocess.run(["openssl", "genrsa", str(bits)], capture_output=True, text=True, check=True)
    return made.stdout


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize(("bits", "use"), [(2048, "dkim"), (1024, "domainkeys"), (2048, "domainkeys")])
def test_an_rsa_key_is_taken_in_either_form(form: PrivateFormat, bits: int, use: Use) -> None:
    key, findings = read("Bag Attributes\r\n" + pem(RSA_KEYS[bits], form).replace("\n", "\r\n"), use, "key")
    assert not findings
    assert key is not None
    assert (key.kind, key.bits) == ("rsa", bits)
    published = parse_public_key(f"k=rsa; p={key.public}".encode())
    assert isinstance(published, PublicKey)
    assert published.bits == bits


def test_an_ed25519_key_is_taken_for_dkim_alone() -> None:
    key, _ = read(pem(ED25519), "dkim", "key")
    assert key is not None
    assert isinstance(parse_public_key(f"k=ed25519; p={key.public}".encode()), PublicKey)
    assert [each.code for each in read(pem(ED25519), "domainkeys", "key")[1]] == ["key-kind"]


def test_a_private_key_never_shows_when_it_is_printed() -> None:
    key, _ = read(pem(ED25519), "dkim", "key")
    assert "PRIVATE" not in repr(key)


BIG = "-----BEGIN PRIVATE KEY-----\n" + "A" * 20_000 + "\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("text", "use", "code"),
    [
        ("", "dkim", "key-not-pem"),
        ("ssh-rsa AAAA", "dkim", "key-not-pem"),
        (public(RSA_KEYS[2048]), "dkim", "key-public"),
        (pem(RSA_KEYS[2048], passphrase=b"secret"), "dkim", "key-encrypted"),
        (pem(RSA_KEYS[2048], PrivateFormat.TraditionalOpenSSL, b"secret"), "dkim", "key-encrypted"),
        (pem(EC), "dkim", "key-kind"),
        (pem(EC, PrivateFormat.TraditionalOpenSSL), "dkim", "key-kind"),
        (pem(dsa.generate_private_key(1024)), "dkim", "key-kind"),
        (pem(ED25519, PrivateFormat.OpenSSH), "dkim", "key-openssh"),
        (openssl_rsa(512), "domainkeys", "key-too-short"),
        (pem(RSA_KEYS[1024]), "dkim", "key-too-short"),
        (pem(RSA_KEYS[2048]).replace("MII", "MIJ"), "dkim", "key-broken"),
        (pem(RSA_KEYS[2048])[:600], "dkim", "key-not-pem"),
        (pem(RSA_KEYS[2048]) * 2, "dkim", "key-several"),
        (pem(RSA_KEYS[2048]) + public(RSA_KEYS[2048]), "dkim", "key-several"),
        (BIG, "dkim", "key-too-long"),
    ],
)
def test_what_is_no_usable_key_is_refused_with_the_reason(text: str, use: Use, code: str) -> None:
    key, findings = read(text, use, "authentication/keys")
    assert key is None
    assert [each.code for each in findings] == [code]
    assert "BEGIN" not in findings[0].message.en or code == "key-not-pem"


def test_a_key_of_16384_bits_is_refused_by_its_size() -> None:
    # Making one takes minutes; the largest of DomainKeys stands for all.
    key, findings = read(pem(rsa.generate_private_key(65537, 3072)), "domainkeys", "key")
    assert key is None
    assert [each.code for each in findings] == ["key-too-large"]

"""Reading a certificate and its key as root, in a process of its own: `python -m fumibako.applier.certificate HOME`.

The request is a JSON object on standard input (`certificate`, `key`, `hostname`), the answer the `CertificateSeen` record. A
hostile caller names files: so nothing of a file's content ever appears in an answer, only codes and what a good
certificate says about itself, and what is imported is written anew from what was parsed, never copied.

A good pair lands in HOME/tls/FINGERPRINT: the SHA-256 of the chain's DER, so the same leaf with another chain is another
directory, and what a generation names never changes.
"""

from __future__ import annotations

import datetime
import hashlib
import itertools
import json
import os
import re
import shutil
import stat
import sys
from pathlib import Path, PurePosixPath
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from fumibako.home.closed import past_covers
from fumibako.layout import Home
from fumibako.wire.applier import CertificateSeen
from fumibako.wire.records import as_json

_LARGEST: Final = 1_000_000
_LONGEST_CHAIN: Final = 10
# Problems that leave a usable certificate; the agent tells them, the administrator decides.
SOFT: Final = frozenset({"names_do_not_fit"})
_CURVES: Final = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


class _Problem(Exception):
    """A code, and no word more."""


def inspect(home: Home, certificate: str, key: str, hostname: str, now: datetime.datetime) -> CertificateSeen:
    """What the pair says of itself; imported when it is good."""
    try:
        chain = _chain(_read(certificate))
        private = _key(_read(key))
    except _Problem as problem:
        return CertificateSeen(None, (), 0, 0, "", False, False, (str(problem),))
    leaf = chain[0]
    names = _names(leaf)
    problems = _problems(chain, private, now)
    fit = any(_fits(name, hostname) for name in names)
    if not fit:
        problems.append("names_do_not_fit")
    fingerprint = None if set(problems) - SOFT else _import(home, chain, private)
    return CertificateSeen(
        fingerprint,
        names,
        int(leaf.not_valid_before_utc.timestamp()),
        int(leaf.not_valid_after_utc.timestamp()),
        leaf.issuer.rfc4514_string(),
        leaf.issuer == leaf.subject,
        fit,
        tuple(problems),
    )


def _read(path: str) -> bytes:
    """A regular file of at most 1 MB. Links are followed: Let's Encrypt's `live` directory is made of them."""
    if not path.startswith("/") or "\0" in path:
        raise _Problem("not_absolute")
    try:
        # Without O_NONBLOCK a named pipe would hold us for ever.
        descriptor = os.open(past_covers(path), os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        raise _Problem("no_such_file") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _Problem("not_a_file")
        if status.st_size > _LARGEST:
            raise _Problem("too_large")
        return os.read(descriptor, _LARGEST)
    finally:
        os.close(descriptor)


def _chain(content: bytes) -> list[x509.Certificate]:
    if b"-----BEGIN " not in content:
        raise _Problem("not_pem")
    try:
        chain = x509.load_pem_x509_certificates(content)
    except ValueError:
        raise _Problem("no_certificate") from None
    if len(chain) > _LONGEST_CHAIN:
        raise _Problem("chain_order")
    return chain


def _key(content: bytes) -> PrivateKeyTypes:
    if b"-----BEGIN " not in content:
        raise _Problem("not_pem")
    try:
        return serialization.load_pem_private_key(content, password=None)
    except TypeError:
        raise _Problem("encrypted_key") from None
    except Exception:  # noqa: BLE001  # OpenSSL has many ways to say no; none of them is to be told
        raise _Problem("no_key") from None


def _problems(chain: list[x509.Certificate], private: PrivateKeyTypes, now: datetime.datetime) -> list[str]:
    leaf = chain[0]
    found: list[str] = []
    if isinstance(private, rsa.RSAPrivateKey):
        if private.key_size < 2048:
            found.append("weak_key")
    elif not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, _CURVES):
        found.append("unsupported_key")
    if _public(private.public_key()) != _public(leaf.public_key()):
        found.append("key_mismatch")
    for one, issuer in itertools.pairwise(chain):
        try:
            one.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            found.append("chain_order")
            break
    if any(one.not_valid_after_utc < now for one in chain):
        found.append("expired")
    if any(one.not_valid_before_utc > now for one in chain):
        found.append("not_yet_valid")
    return found


def _public(key: object) -> bytes:
    assert hasattr(key, "public_bytes")
    encoded = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert isinstance(encoded, bytes)
    return encoded


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    """DNS names and addresses in subjectAltName; RFC 9525 §2 looks nowhere else."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    found = [
        name.value if isinstance(name, x509.DNSName) else str(name.value)
        for name in names
        if isinstance(name, x509.DNSName | x509.IPAddress)
    ]
    return tuple(found)


def _fits(name: str, hostname: str) -> bool:
    """RFC 9525 §6.3: a wildcard stands for exactly the leftmost label."""
    name, hostname = name.lower().rstrip("."), hostname.lower().rstrip(".")
    if name.startswith("*."):
        _, _, parent = hostname.partition(".")
        return bool(parent) and name[2:] == parent
    return name == hostname


def _import(home: Home, chain: list[x509.Certificate], private: PrivateKeyTypes) -> str:
    """Write the pair; its fingerprint."""
    encodings = [one.public_bytes(serialization.Encoding.DER) for one in chain]
    fingerprint = hashlib.sha256(b"".join(encodings)).hexdigest()
    place = Path(home.tls) / fingerprint
    if (place / "key.pem").is_file() and (place / "certificate.pem").is_file():
        return fingerprint
    unfinished = Path(home.tls) / f".{fingerprint}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o755)
    pem = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain)
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for name, content, mode in (("certificate.pem", pem, 0o644), ("key.pem", secret, 0o600)):
        descriptor = os.open(unfinished / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    shutil.rmtree(place, ignore_errors=True)
    unfinished.rename(place)
    return fingerprint


def main(arguments: list[str]) -> int:
    os.umask(0o022)
    request = json.load(sys.stdin)
    hostname = str(request["hostname"])
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,255}", hostname):
        hostname = ""
    home = Home(PurePosixPath(arguments[0]))
    now = datetime.datetime.now(datetime.UTC)
    seen = inspect(home, str(request["certificate"]), str(request["key"]), hostname, now)
    json.dump(as_json(seen), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Certificates that an administrator names: good ones are imported, all others are told why, and nothing of them is echoed."""

from __future__ import annotations

import datetime
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from fumibako.wire.applier import CertificateSeen
from tests.applier.conftest import Rig, running_rig

_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_NOW = datetime.datetime.now(datetime.UTC)
_HOST = "mail.example.test"


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with running_rig() as rig:
        yield rig


def _curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _certificate(
    subject: str,
    key: _Key | ed25519.Ed25519PrivateKey,
    issuer: str,
    issuer_key: _Key,
    *,
    names: tuple[str, ...] = (_HOST,),
    begins: int = -1,
    ends: int = 90,
    authority: bool = False,
) -> x509.Certificate:
    def called(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(called(subject))
        .issuer_name(called(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOW + datetime.timedelta(days=begins))
        .not_valid_after(_NOW + datetime.timedelta(days=ends))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, names))), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def _key_pem(key: _Key | ed25519.Ed25519PrivateKey, password: bytes | None = None) -> bytes:
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return (
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, hidden)
        if not isinstance(key, ed25519.Ed25519PrivateKey)
        else key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)
    )


def _seen(rig: Rig, folder: Path, certificate: bytes, key: bytes, hostname: str = _HOST) -> CertificateSeen:
    (folder / "c.pem").write_bytes(certificate)
    (folder / "k.pem").write_bytes(key)
    return rig.channel.certificate(str(folder / "c.pem"), str(folder / "k.pem"), hostname)


def test_a_good_chain_is_imported_as_it_was_parsed(rig: Rig, tmp_path: Path) -> None:
    authority, leaf = _curve_key(), _curve_key()
    issuer = _certificate("CA", authority, "CA", authority, authority=True)
    own = _certificate(_HOST, leaf, "CA", authority, names=(_HOST, "*.example.org"))
    seen = _seen(rig, tmp_path, b"a remark\n" + _pem(own, issuer) + b"another\n", _key_pem(leaf))
    assert seen.problems == ()
    assert seen.names_fit
    assert not seen.self_signed
    assert seen.names == (_HOST, "*.example.org")
    assert seen.issuer == "CN=CA"
    assert seen.not_before < _NOW.timestamp() < seen.not_after
    assert seen.fingerprint is not None
    folder = rig.root / "tls" / seen.fingerprint
    assert (folder / "certificate.pem").read_bytes() == _pem(own, issuer)
    key = folder / "key.pem"
    assert (stat.S_IMODE(key.stat().st_mode), key.stat().st_uid) == (0o600, 0)
    assert _seen(rig, tmp_path, _pem(own, issuer), _key_pem(leaf)).fingerprint == seen.fingerprint
    assert _seen(rig, tmp_path, _pem(own), _key_pem(leaf)).fingerprint != seen.fingerprint


def test_a_self_signed_certificate_is_good_and_said_to_be_so(rig: Rig, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    seen = _seen(rig, tmp_path, _pem(_certificate("x", key, "x", key)), _key_pem(key))
    assert (seen.problems, seen.self_signed) == ((), True)


@pytest.mark.parametrize(
    ("names", "hostname", "fit"),
    [
        ((_HOST,), "MAIL.example.test", True),
        (("*.example.test",), _HOST, True),
        (("*.example.test",), "a.mail.example.test", False),
        (("*.example.test",), "example.test", False),
        (("other.example.test",), _HOST, False),
        ((), _HOST, False),
        ((_HOST,), "x\n; id", False),
    ],
)
def test_names_fit_or_it_is_told(rig: Rig, tmp_path: Path, names: tuple[str, ...], hostname: str, fit: bool) -> None:
    key = _curve_key()
    seen = _seen(rig, tmp_path, _pem(_certificate(_HOST, key, _HOST, key, names=names)), _key_pem(key), hostname)
    assert seen.names_fit is fit
    assert seen.problems == (() if fit else ("names_do_not_fit",))
    assert seen.fingerprint is not None


def _bad() -> dict[str, tuple[bytes, bytes]]:
    """Problem → certificate and key that have it."""
    key, other = _curve_key(), _curve_key()
    own = _certificate(_HOST, key, _HOST, key)
    authority = _certificate("CA", other, "CA", other, authority=True)
    issued = _certificate(_HOST, key, "CA", other)
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    modern = ed25519.Ed25519PrivateKey.generate()
    small_curve = ec.generate_private_key(ec.SECP224R1())
    return {
        "key_mismatch": (_pem(own), _key_pem(other)),
        "expired": (_pem(_certificate(_HOST, key, _HOST, key, begins=-9, ends=-1)), _key_pem(key)),
        "not_yet_valid": (_pem(_certificate(_HOST, key, _HOST, key, begins=1)), _key_pem(key)),
        "chain_order": (_pem(issued, own), _key_pem(key)),
        "chain_order key_mismatch": (_pem(authority, issued), _key_pem(key)),
        "weak_key": (_pem(_certificate(_HOST, weak, _HOST, weak)), _key_pem(weak)),
        "unsupported_key": (_pem(_certificate(_HOST, modern, "CA", other)), _key_pem(modern)),
        "unsupported_key ": (_pem(_certificate(_HOST, small_curve, _HOST, small_curve)), _key_pem(small_curve)),
        "encrypted_key": (_pem(own), _key_pem(key, b"secret")),
        "not_pem": (b"\x30\x82garbage", _key_pem(key)),
        "no_certificate": (_key_pem(key), _key_pem(key)),
        "no_key": (_pem(own), _pem(own)),
    }


@pytest.mark.parametrize("problem", list(_bad()))
def test_a_bad_pair_is_told_and_not_imported(rig: Rig, tmp_path: Path, problem: str) -> None:
    certificate, key = _bad()[problem]
    before = sorted(path.name for path in (rig.root / "tls").iterdir())
    seen = _seen(rig, tmp_path, certificate, key)
    assert set(problem.split()) <= set(seen.problems) <= set(problem.split()) | {"names_do_not_fit"}
    assert seen.fingerprint is None
    assert sorted(path.name for path in (rig.root / "tls").iterdir()) == before


def test_only_plain_files_of_a_sane_size_are_read(rig: Rig, tmp_path: Path) -> None:
    key = _curve_key()
    (tmp_path / "k.pem").write_bytes(_key_pem(key))
    (tmp_path / "big").write_bytes(b"-----BEGIN " + b"x" * 1_000_001)
    os.mkfifo(tmp_path / "pipe")
    for place, problem in (
        ("c.pem", "not_absolute"),
        (f"{tmp_path}/none", "no_such_file"),
        (f"{tmp_path}/pipe", "not_a_file"),
        (str(tmp_path), "not_a_file"),
        ("/dev/zero", "not_a_file"),
        (f"{tmp_path}/big", "too_large"),
        ("/etc/shadow", "not_pem"),
    ):
        seen = rig.channel.certificate(place, str(tmp_path / "k.pem"), _HOST)
        assert (seen.problems, seen.fingerprint) == ((problem,), None), place


def test_a_link_is_followed_as_those_of_lets_encrypt(rig: Rig, tmp_path: Path) -> None:
    key = _curve_key()
    (tmp_path / "c1.pem").write_bytes(_pem(_certificate(_HOST, key, _HOST, key)))
    (tmp_path / "k1.pem").write_bytes(_key_pem(key))
    (tmp_path / "c").symlink_to("c1.pem")
    (tmp_path / "k").symlink_to("k1.pem")
    assert rig.channel.certificate(str(tmp_path / "c"), str(tmp_path / "k"), _HOST).problems == ()


def test_nothing_of_a_file_is_echoed(rig: Rig, tmp_path: Path) -> None:
    """Neither in the answer nor in the log of the applier."""
    seen = _seen(
        rig, tmp_path, b"-----BEGIN SECRET-----\nhunter2\n-----END SECRET-----\n", b"-----BEGIN X-----\nhunter2\n"
    )
    assert "hunter2" not in repr(seen)
    assert "hunter2" not in rig.log.read_text()

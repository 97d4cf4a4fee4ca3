"""The self-signed certificates of a new home."""

from __future__ import annotations

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from fumibako.home.certificates import self_signed

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


def names(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_it_names_the_host_and_the_addresses_but_no_wildcard() -> None:
    made = self_signed("mail.example.jp", ["0.0.0.0", "::", "192.0.2.1"], NOW)
    certificate = x509.load_pem_x509_certificate(made.certificate)
    assert names(certificate).get_values_for_type(x509.DNSName) == ["mail.example.jp", "localhost"]
    assert names(certificate).get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address(address) for address in ("192.0.2.1", "127.0.0.1", "::1")
    ]


def test_the_key_is_its_own_and_the_fingerprint_is_that_of_its_bytes() -> None:
    made = self_signed("mail.example.jp", [], NOW)
    certificate = x509.load_pem_x509_certificate(made.certificate)
    key = serialization.load_pem_private_key(made.key, None)
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert key.public_key().public_bytes(*form) == certificate.public_key().public_bytes(*form)
    assert certificate.fingerprint(hashes.SHA256()).hex() == made.fingerprint
    assert self_signed("mail.example.jp", [], NOW).fingerprint != made.fingerprint


def test_it_is_good_now_and_not_for_longer_than_every_client_takes() -> None:
    certificate = x509.load_pem_x509_certificate(self_signed("mail.example.jp", [], NOW).certificate)
    assert certificate.not_valid_before_utc < NOW
    assert datetime.timedelta(days=800) < certificate.not_valid_after_utc - NOW <= datetime.timedelta(days=825)


def test_a_host_name_longer_than_a_common_name_still_counts_whole() -> None:
    long = ".".join(["a" * 60, "b" * 60, "example.jp"])
    certificate = x509.load_pem_x509_certificate(self_signed(long, [], NOW).certificate)
    assert long in names(certificate).get_values_for_type(x509.DNSName)

"""The certificates that a home begins with: self-signed, one for mail and one for the console.

They let every service speak TLS from the first minute; a browser and a mail client will ask before they trust them.
`basics.tls` replaces the one for mail. Validity is 825 days because Apple's clients refuse server certificates that run
longer (support.apple.com/103769), whoever signed them.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAYS = 825


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """PEM texts, and the SHA-256 fingerprint (hexadecimal) of the certificate's DER."""

    certificate: bytes
    key: bytes
    fingerprint: str


def self_signed(hostname: str, addresses: Sequence[str], now: datetime.datetime) -> OwnCertificate:
    """A certificate for `hostname` and the addresses that are no wildcards; loopback's names always fit.

    The key is on P-256: every client in use takes it, and a handshake costs a fraction of RSA's.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    # A common name holds 64 characters at most (RFC 5280 appendix A.1, ub-common-name); what counts is subjectAltName.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostname[:64])])
    names: list[x509.GeneralName] = [x509.DNSName(hostname), x509.DNSName("localhost")]
    parsed = [ipaddress.ip_address(address) for address in addresses]
    literal = [address for address in parsed if not address.is_unspecified]
    loopback = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    names += [x509.IPAddress(address) for address in dict.fromkeys([*literal, *loopback])]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks differ: one that is an hour behind shall not see a certificate of tomorrow.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return OwnCertificate(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        certificate.fingerprint(hashes.SHA256()).hex(),
    )

"""What a certificate says of itself, for who looks whether it is still good."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID


def described(pem: str | None) -> dict[str, Any] | None:
    """Of the first certificate in `pem`: `names` (the server names it is for), `not_after` (a Unix time), `issuer` and
    `self_signed`. None where there is none, or none that can be read."""
    try:
        leaf = x509.load_pem_x509_certificate((pem or "").encode())
    except ValueError:
        return None
    return {
        "names": _names(leaf),
        "not_after": int(leaf.not_valid_after_utc.timestamp()),
        "issuer": leaf.issuer.rfc4514_string(),
        "self_signed": leaf.issuer == leaf.subject,
    }


def _names(leaf: x509.Certificate) -> list[str]:
    """RFC 9525: what counts are the DNS names of subjectAltName; the common name stands in where there are none."""
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = found.get_values_for_type(x509.DNSName)
    except (x509.ExtensionNotFound, ValueError):
        names = []
    return names or [str(name.value) for name in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]

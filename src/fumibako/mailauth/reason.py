"""Why a check came out as it did: a stable code, the details that belong to it, and a plain English comment.

The English stands in header fields, which are ASCII and read by administrators everywhere (RFC 8601 §2.2's comments). A
page in another language finds its sentence by `code`; the names in braces are the details. The table is closed: a code
that is not in it is our mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        # keys and signatures, of DKIM, ARC and DomainKeys alike
        "good-signature": "{bits}-bit {algorithm} key",
        "good-signature-testing": "{bits}-bit {algorithm} key, domain is testing",
        "good-signature-partly": "{bits}-bit {algorithm} key, only the first {signed} of {total} octets of the body are signed",
        "no-signature": "message not signed",
        "signature-syntax": "signature is malformed: {problem}",
        "signature-tag-missing": "signature lacks {tag}=",
        "signature-version": "signature has unknown version {version}",
        "signature-algorithm": "unknown algorithm {algorithm}",
        "signature-algorithm-historic": "algorithm {algorithm} is no longer safe",
        "signature-canonicalization": "unknown canonicalization {canonicalization}",
        "signature-query": "unknown key query method {query}",
        "signature-domain": "bad signing domain {domain}",
        "signature-identity": "identity {identity} is not of domain {domain}",
        "signature-from-unsigned": "From is not signed",
        "signature-expired": "signature expired",
        "signature-future": "signature is from the future",
        "signature-mismatch": "signature did not verify",
        "signature-too-many": "more than {limit} signatures, this one was not tried",
        "body-mismatch": "body hash did not verify",
        "body-too-short": "body is shorter than was signed",
        "key-none": "no key for signature",
        "key-unavailable": "key could not be looked up",
        "key-revoked": "key was revoked",
        "key-syntax": "key is malformed: {problem}",
        "key-version": "key has unknown version {version}",
        "key-type": "key is not for algorithm {algorithm}",
        "key-hash": "key does not allow hash {hash}",
        "key-service": "key is not for mail",
        "key-granularity": "key is not for this sender",
        "key-subdomain": "key does not allow subdomains in the identity",
        "key-small": "{bits}-bit key is too small",
        # DomainKeys
        "sender-none": "no sender address",
        "sender-several": "several From or Sender fields",
        "sender-unsigned": "sender field is not signed",
        "sender-domain": "signing domain {domain} is not the sender's, {sender}",
        "sender-not-below": "sender header stands above the signature",
        "policy-all-signed": "domain {domain} signs all mail",
        # SPF
        "spf-matched": "{domain}: {client} matches {mechanism}",
        "spf-default": "{domain}: no mechanism matches {client}",
        "spf-no-record": "{domain} publishes no SPF record",
        "spf-no-domain": "no domain to check",
        "spf-domain-malformed": "{domain} is no domain name",
        "spf-records-several": "{domain} publishes several SPF records",
        "spf-record-syntax": "SPF record of {domain} is malformed: {problem}",
        "spf-lookup-failed": "look-up of {name} failed",
        "spf-lookups-exceeded": "more than {limit} look-ups",
        "spf-void-exceeded": "more than {limit} void look-ups",
        "spf-names-exceeded": "more than {limit} mail exchangers at {name}",
        "spf-include-none": "included {name} publishes no SPF record",
        "spf-redirect-none": "redirect {name} publishes no SPF record",
        # DMARC
        "dmarc-aligned": "{domain} aligned by {methods}",
        "dmarc-not-aligned": "neither SPF nor DKIM aligned with {domain}",
        "dmarc-no-record": "no DMARC record for {domain}",
        "dmarc-lookup-failed": "look-up of {name} failed",
        "dmarc-record-unusable": "DMARC record of {domain} has no good policy",
        "dmarc-records-several": "{domain} publishes several DMARC records",
        "dmarc-undecided": "a check that might align with {domain} failed for now",
        "author-none": "no author address in From",
        "author-several-fields": "{count} From fields",
        "author-several-domains": "authors from several domains",
        "author-malformed": "From is malformed",
        # ARC
        "arc-none": "no ARC sets",
        "arc-good": "{sets} ARC sets, latest by {domain}",
        "arc-instance": "ARC field has no good instance",
        "arc-structure": "ARC set {instance} is incomplete or doubled",
        "arc-too-many": "more than {limit} ARC sets",
        "arc-failed-before": "ARC chain was broken before",
        "arc-validation-status": "ARC set {instance} has a wrong cv",
        "arc-seal": "ARC seal {instance}: {problem}",
        "arc-message-signature": "ARC message signature {instance}: {problem}",
    }
)


class Reason(NamedTuple):
    """One of the codes above with its details. Details are made for showing: printable, short."""

    code: str
    details: Mapping[str, str] = MappingProxyType({})

    @property
    def comment(self) -> str:
        """The plain English sentence, without a full stop."""
        return ENGLISH[self.code].format_map(self.details)


def because(code: str, **details: object) -> Reason:
    """A reason; details are shown as text."""
    assert code in ENGLISH, code
    return Reason(code, {name: str(value) for name, value in details.items()})

"""What the checks found, as entries of an Authentication-Results field (RFC 8601 §2.7, RFC 8617 §10.2, RFC 9989 §9.1)."""

from __future__ import annotations

from collections.abc import Sequence

from fumibako.mailauth.arc.verify import ArcResult
from fumibako.mailauth.dkim.verify import DkimResult
from fumibako.mailauth.dmarc.evaluate import DmarcResult
from fumibako.mailauth.domainkeys.verify import DomainKeysResult
from fumibako.mailauth.results.authentication_results import MethodResult
from fumibako.mailauth.spf.result import SpfResult

Properties = tuple[tuple[str, str, str], ...]


def spf_entry(result: SpfResult) -> MethodResult:
    if result.identity == "helo":
        properties: Properties = (("smtp", "helo", result.helo),)
    else:
        properties = (("smtp", "mailfrom", result.sender),)
    return MethodResult("spf", result.status, result.reason.comment, properties=_present(properties))


def dkim_entries(results: Sequence[DkimResult]) -> list[MethodResult]:
    """One entry a signature; b= tells signatures of one domain apart (RFC 6008)."""
    return [
        MethodResult(
            "dkim",
            result.status,
            result.reason.comment,
            properties=_present(
                (
                    ("header", "d", result.claim.domain),
                    ("header", "i", result.signature.identity if result.signature else ""),
                    ("header", "s", result.claim.selector),
                    ("header", "a", result.claim.algorithm),
                    ("header", "b", result.claim.signature_start),
                )
            ),
        )
        for result in results
    ]


def domainkeys_entry(result: DomainKeysResult) -> MethodResult:
    properties: Properties = (("header", result.sender_field, result.sender),) if result.sender else ()
    return MethodResult("domainkeys", result.result, result.reason.comment, properties=_present(properties))


def dmarc_entry(result: DmarcResult) -> MethodResult:
    comment = result.reason.comment
    if result.policy is not None:
        comment = f"p={result.policy}; {comment}"
    return MethodResult("dmarc", result.status, comment, properties=_present((("header", "from", result.author),)))


def arc_entry(result: ArcResult) -> MethodResult:
    """RFC 8617 §10.2; oldest-pass of 0 says that every message signature holds."""
    oldest = "" if result.oldest_pass is None else str(result.oldest_pass)
    return MethodResult(
        "arc", result.status, result.reason.comment, properties=_present((("header", "oldest-pass", oldest),))
    )


def _present(properties: Properties) -> Properties:
    return tuple([item for item in properties if item[2]])

"""Fields from outside that claim to be ours are found, however they are dressed (RFC 8601 §5)."""

from __future__ import annotations

import pytest

from fumibako.mail.header import HeaderField, HeaderSection
from fumibako.mailauth.results.forged import Forged, find_forged

OURS = "mx.example.jp"


@pytest.mark.parametrize(
    "value",
    [
        b" mx.example.jp; dkim=pass",
        b" MX.Example.JP; dkim=pass",
        b"mx.example.jp;none",
        b" mx.example.jp 1; dkim=pass",
        b"\r\n\tmx.example.jp\r\n\t; dkim=pass",
        b" (a (nested) comment) mx.example.jp (1) 1 (x); dkim=pass",
        b' "mx.example.jp"; dkim=pass',
        b' "mx.example\\.jp"; dkim=pass',
        b" mx.example.jp.; dkim=pass",
        b" mx.example.jp",
        b" mx.example.jp dkim=pass",
        b" mx.example.jp 2; dkim=pass",
        b" mx.\r\n example.jp; dkim=pass",
        b" mx(x).example(y).jp; dkim=pass",
        b" x; y=z mx.example.jp; ???",
        b" (open mx.example.jp; dkim=pass",
    ],
)
@pytest.mark.parametrize("name", [b"Authentication-Results", b"AUTHENTICATION-RESULTS", b"authentication-results "])
def test_our_name_is_recognised(name: bytes, value: bytes) -> None:
    assert find_forged(HeaderSection([HeaderField(name, value)]), OURS) == [Forged(name.strip(), 1)]


@pytest.mark.parametrize(
    "value",
    [
        b" mx.example.com; dkim=pass",
        b" other.mx.example.jp; dkim=pass",
        b" relay.example; dkim=pass header.d=mx.example.jp",
        b" relay.example; none (mx.example.jp)",
        b" nonsense",
        b"",
    ],
)
def test_others_results_stay(value: bytes) -> None:
    assert find_forged(HeaderSection([HeaderField(b"Authentication-Results", value)]), OURS) == []


def test_an_internationalised_name_is_ours_in_either_script() -> None:
    header = HeaderSection([HeaderField(b"Authentication-Results", " 例え.jp; dkim=pass".encode())])
    assert find_forged(header, "xn--r8jz45g.jp")


def test_occurrences_are_counted_as_a_milter_counts_them() -> None:
    header = HeaderSection(
        [
            HeaderField(b"Authentication-Results", b" other; none"),
            HeaderField(b"ARC-Authentication-Results", b" i=1; mx.example.jp; none"),
            HeaderField(b"Authentication-results", b" mx.example.jp; none"),
            HeaderField(b"Received-SPF", b" pass (x) receiver=mx.example.jp; client-ip=1.2.3.4"),
            HeaderField(b"Received-SPF", b" pass (relay: ok) receiver=relay.example"),
            HeaderField(b"Received-SPF", b" pass (mx.example.jp: domain of a@b designates 1.2.3.4)"),
            HeaderField(b"DomainKey-Status", b" good"),
        ]
    )
    assert find_forged(header, OURS) == [
        Forged(b"Authentication-results", 2),
        Forged(b"Received-SPF", 1),
        Forged(b"Received-SPF", 3),
        Forged(b"DomainKey-Status", 1),
    ]

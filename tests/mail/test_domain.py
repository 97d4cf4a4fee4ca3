"""Domain names have one spelling, the one that goes on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed


@pytest.mark.parametrize(
    ("written", "on_the_wire"),
    [
        ("example.jp", "example.jp"),
        ("EXAMPLE.JP", "example.jp"),
        (" example.jp ", "example.jp"),
        ("日本語.jp", "xn--wgv71a119e.jp"),
        ("ｅｘａｍｐｌｅ．ｊｐ", "example.jp"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("xn--wgv71a119e.jp", "xn--wgv71a119e.jp"),
        ("a-b.example", "a-b.example"),
    ],
)
def test_a_domain_has_one_spelling(written: str, on_the_wire: str) -> None:
    assert DomainName.parse(written).ascii == on_the_wire


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "domain-empty"),
        ("   ", "domain-empty"),
        ("a..b", "domain-label"),
        (".example.jp", "domain-label"),
        ("example.jp.", "domain-label"),
        ("-a.example", "domain-label"),
        ("a_b.example", "domain-label"),
        ("hash:/etc/x", "domain-label"),
        ("example.com\nfoo", "domain-control"),
        ("example.com\0", "domain-control"),
        ("localhost", "domain-single-label"),
        ("192.168.0.1", "domain-address"),
        ("a" * 64 + ".jp", "domain-label"),
        (".".join(["abcdefghi"] * 30), "domain-too-long"),
        ("xn--a.jp", "domain-idna"),
        ("\u2488.example", "domain-idna"),
        ("$mydomain.example", "domain-label"),
        ("exa mple.jp", "domain-label"),
    ],
)
def test_what_is_no_domain_says_why(written: str, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        DomainName.parse(written)
    assert refused.value.code == code


@given(st.text(max_size=80))
def test_parsing_is_stable_and_raises_only_malformed(text: str) -> None:
    try:
        domain = DomainName.parse(text)
    except Malformed:
        return
    assert DomainName.parse(domain.ascii) == domain
    assert DomainName.parse(domain.unicode) == domain
    assert domain.ascii.isascii()
    assert len(domain.ascii) <= 253

"""Whose message it is: one domain, or a problem that keeps DMARC from passing (RFC 9989 §5.3.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mail.header import HeaderField, HeaderSection, parse_message
from fumibako.mailauth.author import find_author


@pytest.mark.parametrize(
    ("header", "domains", "problem"),
    [
        (b"From: a@Example.ORG", ("example.org",), None),
        (b"from : A <a@example.org>, B <b@example.org>", ("example.org",), None),
        ("From: 花子 <花子@例え.jp>".encode(), ("xn--r8jz45g.jp",), None),
        (b'From: "a@good.example" <a@evil.example>', ("evil.example",), None),
        (b"From: John @ Corp <j@example.org>", ("example.org",), None),
        (b"From: =?utf-8?q?a=40good.example?= <a@evil.example>", ("evil.example",), None),
        (b"To: a@example.org", (), "author-none"),
        (b"From:", (), "author-none"),
        (b"From: undisclosed:;", (), "author-none"),
        (b"From: nobody", (), "author-malformed"),
        (b"From: a@[192.0.2.1]", (), "author-malformed"),
        (b"From: a@b..c", ("c",), "author-malformed"),
        (b"From: ceo@%b.bank.example" % (b"a" * 64), ("bank.example",), "author-malformed"),
        (b"From: ceo@\xff.bank.example", ("bank.example",), "author-malformed"),
        (b"From: CEO <ceo@bank.example/x.evil.example>", ("evil.example",), "author-malformed"),
        (b"From: CEO <ceo@bank.example#x.evil.example>", ("evil.example",), "author-malformed"),
        (b"From: ceo@bank example", ("bank",), "author-malformed"),
        (b"From: ceo@bank\x7f.example", ("bank", "example"), "author-several-domains"),
        (b'From: ceo@ba"nk.example', ("ba", "example"), "author-several-domains"),
        (b"From: a@under_score.example", ("under_score.example",), None),
        (b"From: [a@good.example]", ("good.example",), None),
        (b"From: a@good.example/b@evil.example", ("good.example", "evil.example"), "author-several-domains"),
        (b"From: a@good.example, b@evil.example", ("good.example", "evil.example"), "author-several-domains"),
        (b"From: a@evil.example\r\nFrom: a@good.example", ("evil.example", "good.example"), "author-several-fields"),
        (b"From: a@example.org\r\nFROM: a@example.org", ("example.org",), "author-several-fields"),
        (b"From: a@good.example b@evil.example", ("good.example", "evil.example"), "author-several-domains"),
    ],
)
def test_the_author_is_found(header: bytes, domains: tuple[str, ...], problem: str | None) -> None:
    author = find_author(parse_message(header + b"\r\n\r\n")[0])
    assert author.domains == domains
    assert (author.problem.code if author.problem else None) == problem
    assert author.domain == (domains[0] if problem is None else None)


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_nothing_raises(values: list[bytes]) -> None:
    author = find_author(HeaderSection([HeaderField(b"From", value) for value in values]))
    assert author.problem is not None or len(author.domains) == 1

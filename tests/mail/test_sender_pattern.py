"""Senders to refuse have one spelling; what is none is refused, with what was meant where that is plain."""

from __future__ import annotations

import pytest

from fumibako.mail.malformed import Malformed
from fumibako.mail.sender_pattern import parse_sender


@pytest.mark.parametrize(
    ("written", "spelling"),
    [
        ("spam@example.co.jp", "spam@example.co.jp"),
        (" SPAM+list=x@Example.CO.JP ", "spam+list=x@example.co.jp"),
        ("@example.org", "@example.org"),
        ("@日本語.jp", "@xn--wgv71a119e.jp"),
        ("o'brien@example.org", "o'brien@example.org"),
    ],
)
def test_a_sender_has_one_spelling(written: str, spelling: str) -> None:
    assert str(parse_sender(written)) == spelling
    assert str(parse_sender(spelling)) == spelling


@pytest.mark.parametrize(
    ("written", "code", "right"),
    [
        ("", "sender-empty", None),
        ("a@example.jp\nb@example.jp", "sender-control", None),
        ("ｓｐａｍ@example.jp", "sender-full-width", "spam@example.jp"),
        ("example.jp", "sender-form", "@example.jp"),
        ("*@example.jp", "sender-form", "@example.jp"),
        ("@*.example.jp", "sender-form", "@example.jp"),
        ("@.example.jp", "sender-form", "@example.jp"),
        ("<a@example.jp>", "sender-form", "a@example.jp"),
        ("a b@example.jp", "sender-local-part", None),
        ("a@b@example.jp", "sender-local-part", None),
        ("a..b@example.jp", "sender-local-part", None),
        ("x" * 65 + "@example.jp", "sender-local-part", None),
        ("a@", "domain-empty", None),
        ("a@localhost", "domain-single-label", None),
    ],
)
def test_what_is_no_sender_is_refused(written: str, code: str, right: str | None) -> None:
    with pytest.raises(Malformed) as refused:
        parse_sender(written)
    assert (refused.value.code, refused.value.details.get("right")) == (code, right)

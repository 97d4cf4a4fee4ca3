"""Names as they stand in mail become names that the DNS can be asked for, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mail.alabel import is_dns_name, to_a_labels, to_u_labels


@pytest.mark.parametrize(
    ("octets", "name"),
    [
        (b"Example.ORG", "example.org"),
        (b"example.org.", "example.org"),
        (b"_dmarc.example.org", "_dmarc.example.org"),
        ("例え.テスト".encode(), "xn--r8jz45g.xn--zckzah"),
        ("ＥＸＡＭＰＬＥ．org".encode(), "example.org"),
        (b"xn--r8jz45g.jp", "xn--r8jz45g.jp"),
        (b"", None),
        (b"a..b", None),
        (b"\xff.example", None),
        (b"a" * 64 + b".example", None),
        (b"a." * 130 + b"b", None),
        (b"a b.example", None),
        (b"a\0b.example", None),
        ("-\u0308.example".encode(), None),
    ],
)
def test_a_name_is_brought_to_a_labels(octets: bytes, name: str | None) -> None:
    assert to_a_labels(octets) == name


@given(st.binary(max_size=80) | st.text(max_size=40).map(str.encode))
def test_what_comes_out_is_a_name_and_stays_one(octets: bytes) -> None:
    name = to_a_labels(octets)
    if name is not None:
        assert is_dns_name(name)
        assert to_a_labels(name.encode()) == name
        assert isinstance(to_u_labels(name), str)

"""Header fields keep every octet, and are found without regard to case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mail.header import HeaderField, HeaderSection, parse_message, with_crlf


def test_a_message_is_parted_into_fields_and_body() -> None:
    header, body = parse_message(b"From: a\r\nSubject : b\r\n\tc\r\n\r\nHello.\r\n")
    assert list(header) == [HeaderField(b"From", b" a"), HeaderField(b"Subject ", b" b\r\n\tc")]
    assert header[1].key == b"subject"
    assert header[1].unfolded == b"b\tc"
    assert body == b"Hello.\r\n"
    assert header.octets == b"From: a\r\nSubject : b\r\n\tc\r\n"


@pytest.mark.parametrize(
    ("octets", "names", "body"),
    [
        (b"", [], b""),
        (b"\r\n", [], b""),
        (b"\r\nbody", [], b"body"),
        (b"From: a", [b"From"], b""),
        (b"From: a\r\n", [b"From"], b""),
        (b"From: a\r\n\r\n", [b"From"], b""),
        (b"From: a\r\nno field\r\nTo: b\r\n\r\nx", [b"From"], b"no field\r\nTo: b\r\n\r\nx"),
        (b" folded nothing: x\r\n\r\ny", [], b" folded nothing: x\r\n\r\ny"),
        (b"A:\r\n \r\n\tx\r\n\r\n", [b"A"], b""),
        (b"A: x\ry\nz\r\n\r\n", [b"A"], b""),
    ],
)
def test_the_header_ends_where_postfix_ends_it(octets: bytes, names: list[bytes], body: bytes) -> None:
    header, rest = parse_message(octets)
    assert [field.name for field in header] == names
    assert rest == body


def test_fields_are_found_by_name_from_the_top() -> None:
    header = HeaderSection([HeaderField(b"To", b" 1"), HeaderField(b"TO ", b" 2"), HeaderField(b"X", b"")])
    assert header.places(b"to") == [0, 1]
    assert [field.value for field in header.named(b"to")] == [b" 1", b" 2"]
    assert header.places(b"cc") == ()
    assert len(header) == 3


def test_only_lone_line_feeds_become_line_ends() -> None:
    assert with_crlf(b"a\nb\r\nc\n\n") == b"a\r\nb\r\nc\r\n\r\n"


@given(st.binary(max_size=300))
def test_nothing_is_lost_and_nothing_raises(octets: bytes) -> None:
    header, body = parse_message(octets)
    assert (header.octets + b"\r\n" + body).endswith(body)
    again, _ = parse_message(header.octets + b"\r\n" + body)
    assert list(again) == list(header)

"""Tag lists (RFC 6376 §3.2) are read to the letter, and what is none says why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mailauth.tagformat import base64_text, fold_tags
from fumibako.mailauth.tags import BadTagList, decode_base64, number, parse_tags, shown, without_folding, words


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        (b"a=1", {b"a": b"1"}),
        (b" a = 1 ;\r\n\tb=2; ", {b"a": b"1", b"b": b"2"}),
        (b"a=;b=x=y", {b"a": b"", b"b": b"x=y"}),
        (b"a=one two;", {b"a": b"one two"}),
        ("d=例え.jp".encode(), {b"d": "例え.jp".encode()}),
        (b"", {}),
    ],
)
def test_a_tag_list_is_read(text: bytes, tags: dict[bytes, bytes]) -> None:
    assert parse_tags(text) == tags


@pytest.mark.parametrize(
    "text", [b"a", b"a=1;;b=2", b";a=1", b"1a=2", b"a=1;a=2", b"a b=1", b"=1", b"a=\0", b"a=1;\x7f=2"]
)
def test_what_is_no_tag_list_is_refused(text: bytes) -> None:
    with pytest.raises(BadTagList):
        parse_tags(text)


def test_names_differ_by_case() -> None:
    assert parse_tags(b"a=1;A=2") == {b"a": b"1", b"A": b"2"}


def test_a_list_without_end_is_not_read_on() -> None:
    with pytest.raises(BadTagList):
        parse_tags(b";".join(b"t%d=x" % count for count in range(100_000)))


@pytest.mark.parametrize("text", [b"", b"====", b"a", b"abc$", b"ab=c", b"YQ==Y", b"YWJj YQ=\0"])
def test_broken_base64_is_nothing(text: bytes) -> None:
    assert decode_base64(text) is None


@pytest.mark.parametrize("text", [b"YWJj", b"Y W\r\n\tJj", b"YQ==", b"YQ=", b"YQ"])
def test_white_space_and_missing_padding_do_not_break_base64(text: bytes) -> None:
    assert (decode_base64(text) or b"").startswith(b"a")


def test_a_number_has_up_to_76_digits() -> None:
    assert number({b"l": b"0"}, b"l") == 0
    assert number({}, b"l") is None
    assert number({b"l": b"9" * 76}, b"l") == int("9" * 76)
    for bad in (b"", b"-1", b"1.5", b"9" * 77, b"x", b"1 2"):
        with pytest.raises(BadTagList):
            number({b"l": bad}, b"l")


def test_hostile_octets_are_shown_harmlessly() -> None:
    assert shown(b"a\r\nb\x1b[31m\xff") == "a??b?[31m?"
    assert len(shown(b"x" * 1000)) == 60


names = st.lists(st.from_regex(r"[A-Za-z][A-Za-z-]{0,20}", fullmatch=True), min_size=1, max_size=40)


@given(names, st.binary(min_size=1, max_size=600))
def test_what_is_folded_reads_back_and_has_no_long_lines(header_names: list[str], signature: bytes) -> None:
    text = base64_text(signature)
    value = fold_tags([("v", "1"), ("h", ":".join(header_names)), ("bh", text[:44]), ("b", text)], 15)
    assert all(len(line) <= 90 for line in value.split(b"\r\n"))
    tags = parse_tags(value)
    assert words(tags[b"h"]) == [name.encode() for name in header_names]
    assert without_folding(tags[b"b"]) == text.encode()

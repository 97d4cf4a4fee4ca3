"""Addresses in From: are read strictly, then as mail readers read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mail.mailboxes import Mailbox, lenient_mailboxes, mailboxes


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"a@b.example", [(b"a", b"b.example")]),
        (b" Hanako <hanako@example.jp>", [(b"hanako", b"example.jp")]),
        (b'"Yamada, H. (x@y)" <h.y@example.jp> (comment a@b)', [(b"h.y", b"example.jp")]),
        (b"a@b.example, C <c@d.example>", [(b"a", b"b.example"), (b"c", b"d.example")]),
        (b"Team: a@b.example, c@d.example;", [(b"a", b"b.example"), (b"c", b"d.example")]),
        (b"undisclosed:;", []),
        (b'"a b"@example.jp', [(b"a b", b"example.jp")]),
        (b"<@relay.example,@other.example:a@b.example>", [(b"a", b"b.example")]),
        (b"a . b @ c . example", [(b"a.b", b"c.example")]),
        (b"J. Doe <j@example.jp>", [(b"j", b"example.jp")]),
        (b"a@[192.0.2.1]", [(b"a", b"[192.0.2.1]")]),
        ("花子 <花子@例え.jp>".encode(), [("花子".encode(), "例え.jp".encode())]),
        (b"a@b.example,\r\n\t c@d.example", [(b"a", b"b.example"), (b"c", b"d.example")]),
        (b"", []),
    ],
)
def test_addresses_are_read(value: bytes, found: list[tuple[bytes, bytes]]) -> None:
    assert mailboxes(value) == [Mailbox(*pair) for pair in found]


_PIECES = [
    b"a", b"bob", b'"q r"', b'""', b'"', b" ", b"\t", b"\r\n ", b"<", b">", b"@", b".", b",", b";", b":", b"(c)", b"_", b"+", b"/",
    "箱".encode(), b"[192.0.2.1]", b"a@b.example", b"<a@b.example>", b"A B <a.b@c.example>",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=9).map(b"".join))
def test_a_comment_at_the_end_which_makes_an_address_unusual_changes_nothing(value: bytes) -> None:
    assert mailboxes(value) == mailboxes(value + b" (c)")


@pytest.mark.parametrize(
    "value",
    [
        b"a", b"a@", b"@b.example", b"a b@c.example", b"<a@b.example", b"a@b.example c", b"a..b@c.example", b"(open",
        b'"open <a@b.example>', b"a@b.example <c@d.example>", b"a@b@c.example", b"Team: a@b.example", b"a@b.example>",
    ],
)  # fmt: skip
def test_what_is_no_address_is_nothing(value: bytes) -> None:
    assert mailboxes(value) is None


@pytest.mark.parametrize(
    ("value", "domains"),
    [
        (b"John @ Corp <j@example.jp>", [b"example.jp"]),
        (b"a@b.example <c@d.example>", [b"d.example"]),
        (b"a@b.example <c@d.example> e@f.example", [b"b.example", b"d.example", b"f.example"]),
        (b"<a@b.example> <c@d.example>", [b"b.example", b"d.example"]),
        (b'"unended <a@b.example>', [b"b.example"]),
        (b"nobody", []),
    ],
)
def test_leniently_the_one_in_brackets_counts_or_else_all(value: bytes, domains: list[bytes]) -> None:
    assert [mailbox.domain for mailbox in lenient_mailboxes(value)] == domains


@given(st.binary(max_size=200))
def test_nothing_raises(value: bytes) -> None:
    mailboxes(value)
    lenient_mailboxes(value)

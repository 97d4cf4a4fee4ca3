"""Comments nest, quotes end, and nothing hangs."""

from __future__ import annotations

import pytest

from fumibako.mail.lexer import Lexer


@pytest.mark.parametrize(
    ("octets", "rest", "comments"),
    [
        (b" \t\r\n x", b"x", []),
        (b"(a) (b(c)d) x", b"x", [b"a", b"b(c)d"]),
        (rb"(a\)b) x", b"x", [rb"a\)b"]),
        (b"x", b"x", []),
        (b"()x", b"x", [b""]),
    ],
)
def test_white_space_and_comments_are_skipped(octets: bytes, rest: bytes, comments: list[bytes]) -> None:
    lexer = Lexer(octets)
    assert lexer.skip_cfws()
    assert lexer.octets[lexer.position :] == rest
    assert lexer.comments == comments


@pytest.mark.parametrize("octets", [b"(", b"(a", b"((a)", b"(a\\", b"(" * 100_000, b"(\\" + b"(" * 100_000])
def test_a_comment_that_never_ends_is_the_end(octets: bytes) -> None:
    lexer = Lexer(octets)
    assert not lexer.skip_cfws()
    assert lexer.at_end


def test_a_quoted_string_loses_its_quotes() -> None:
    lexer = Lexer(rb'"a \"b\\" x')
    assert lexer.quoted_string() == rb'a "b' + b"\\"
    assert lexer.quoted_string() is None
    assert Lexer(b'"a\r\n b"').quoted_string() == b"a b"
    assert Lexer(b'"never ends').quoted_string() is None

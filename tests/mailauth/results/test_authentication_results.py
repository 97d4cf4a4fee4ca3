"""Authentication-Results written and read back (RFC 8601 §2.2)."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mailauth.results.authentication_results import (
    AuthenticationResults,
    MethodResult,
    format_authentication_results,
    merged,
    parse_authentication_results,
)


def test_a_field_is_written_one_check_a_line() -> None:
    content = AuthenticationResults(
        "mx.example.jp",
        (
            MethodResult("spf", "pass", "a (b) \\c", properties=(("smtp", "mailfrom", "a@example.org"),)),
            MethodResult("dkim", "fail", "", 'say "no"', (("header", "d", "example.org"), ("header", "x", "a b;c"))),
        ),
    )
    assert format_authentication_results(content) == (
        b" mx.example.jp;\r\n\t"
        b"spf=pass (a \\(b\\) \\\\c) smtp.mailfrom=a@example.org;\r\n\t"
        b'dkim=fail reason="say \\"no\\"" header.d=example.org header.x="a b;c"'
    )
    assert format_authentication_results(AuthenticationResults("mx")) == b" mx;\r\n\tnone"


@pytest.mark.parametrize(
    ("value", "content"),
    [
        (b" example.com; none", AuthenticationResults("example.com")),
        (b"example.com 1; none;", AuthenticationResults("example.com")),
        (
            b" example.com;\r\n   spf=pass smtp.mailfrom=example.net",
            AuthenticationResults(
                "example.com", (MethodResult("spf", "pass", "", "", (("smtp", "mailfrom", "example.net"),)),)
            ),
        ),
        (
            (
                b"foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
                b" policy (A dot can go here) . (like that) expired\r\n (this surprised me) = (as I wasn't expecting it) 1362471462"
            ),
            AuthenticationResults(
                "foo.example.net",
                (MethodResult("dkim", "fail", "A dot can go here", "", (("policy", "expired", "1362471462"),)),),
            ),
        ),
        (
            b'"x.example"; dkim=pass reason="good signature" header.i="@x y".z@d',
            AuthenticationResults(
                "x.example", (MethodResult("dkim", "pass", "", "good signature", (("header", "i", "@x y.z@d"),)),)
            ),
        ),
    ],
)
def test_a_field_is_read(value: bytes, content: AuthenticationResults) -> None:
    assert parse_authentication_results(value) == content


@pytest.mark.parametrize(
    "value",
    [b"", b";", b"example.com 2; none", b"example.com x; none", b"example.com; spf", b"example.com; spf=pass smtp.",
     b"example.com; spf=pass smtp.x", b"example.com; spf=pass (open", b"example.com; none; spf=pass",
     b'example.com; spf=pass reason="a" reason="b"', b"example.com; none (open", b"example.com; (open", b"example.com (", b"a b; none", b'"open; none'],
)  # fmt: skip
def test_what_is_malformed_is_nothing(value: bytes) -> None:
    assert parse_authentication_results(value) is None


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("gfT+i2HB", "gfT+i2HB"), ("gfT/i2HB", '"gfT/i2HB"'), ("2001:db8::1", '"2001:db8::1"'), ("[192.0.2.1]", '"[192.0.2.1]"'),
        ("a@example.org", "a@example.org"), ("@example.org", "@example.org"), ("a/b@example.org", "a/b@example.org"),
        ('"a b"@example.org', '"\\"a b\\"@example.org"'), ("a@[192.0.2.1]", '"a@[192.0.2.1]"'), ("a..b@example.org", '"a..b@example.org"'),
    ],
)  # fmt: skip
def test_only_tokens_and_addresses_stand_without_quotes(value: str, written: str) -> None:
    result = MethodResult("dkim", "pass", properties=(("header", "b", value),))
    assert (
        format_authentication_results(AuthenticationResults("x.example", (result,))).decode().endswith(f".b={written}")
    )


def test_only_our_own_results_are_merged() -> None:
    fields = [
        b" MX.example; spf=pass (x)",
        b" other.example; dkim=fail",
        b" (c) mx.example 1;\r\n dkim=pass; ",
        b"mx.example; b?d",
    ]
    assert merged(fields, "mx.example") == b" mx.example; spf=pass (x);\r\n\tdkim=pass"
    assert merged(fields[1:2], "mx.example") is None


words = st.text(string.ascii_lowercase, min_size=1, max_size=8)
texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
entries = st.builds(
    MethodResult,
    words.filter(lambda word: word not in {"none", "reason"}),
    words,
    st.just(""),
    texts,
    st.lists(st.tuples(words, words, texts), max_size=3).map(tuple),
)


@given(words, st.lists(entries, max_size=4))
def test_what_is_written_reads_back(authserv_id: str, results: list[MethodResult]) -> None:
    content = AuthenticationResults(authserv_id, tuple(results))
    value = format_authentication_results(content)
    assert parse_authentication_results(value) == content
    assert all(line.startswith((b" ", b"\t")) for line in value.split(b"\r\n"))


@given(st.text(max_size=80), st.text(max_size=80))
def test_hostile_values_stay_inside_their_field(comment: str, value: str) -> None:
    content = AuthenticationResults("mx", (MethodResult("spf", "pass", comment, value, (("smtp", "helo", value),)),))
    for utf8 in (False, True):
        field = format_authentication_results(content, utf8=utf8)
        parsed = parse_authentication_results(field)
        assert parsed is not None
        assert len(parsed.results) == 1
        assert not any(octet < 32 and octet not in b"\r\n\t" for octet in field)
        assert utf8 or field.isascii()


@given(st.binary(max_size=120))
def test_reading_never_raises(value: bytes) -> None:
    parse_authentication_results(b"mx;" + value)
    parse_authentication_results(value)

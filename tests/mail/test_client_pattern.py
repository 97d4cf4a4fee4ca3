"""Client patterns mean exact ranges and have one spelling; what only looks like one is refused."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mail.address_range import AddressRange, covers_everybody
from fumibako.mail.client_pattern import Addresses, ClientPattern, Named, parse_client
from fumibako.mail.malformed import Malformed


@pytest.mark.parametrize(
    ("written", "spelling", "first", "last", "number"),
    [
        ("192.168.0.1", "192.168.0.1", "192.168.0.1", "192.168.0.1", 1),
        (" 192.168.0.1 ", "192.168.0.1", "192.168.0.1", "192.168.0.1", 1),
        ("192.168.0.1/32", "192.168.0.1", "192.168.0.1", "192.168.0.1", 1),
        ("192.168.0.", "192.168.0.", "192.168.0.0", "192.168.0.255", 256),
        ("172.16.", "172.16.", "172.16.0.0", "172.16.255.255", 65536),
        ("10.", "10.", "10.0.0.0", "10.255.255.255", 2**24),
        ("192.168.0.21-24", "192.168.0.21-24", "192.168.0.21", "192.168.0.24", 4),
        ("192.168.0.21-192.168.0.24", "192.168.0.21-24", "192.168.0.21", "192.168.0.24", 4),
        ("192.168.0.21-21", "192.168.0.21", "192.168.0.21", "192.168.0.21", 1),
        ("10.0.0.250-10.0.1.4", "10.0.0.250-10.0.1.4", "10.0.0.250", "10.0.1.4", 11),
        ("10.1.0.0/16", "10.1.0.0/16", "10.1.0.0", "10.1.255.255", 65536),
        ("2001:DB8::1", "2001:db8::1", "2001:db8::1", "2001:db8::1", 1),
        ("2001:db8:0:0:0:0:0:0/32", "2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 2**96),
    ],
)
def test_a_pattern_means_a_range(written: str, spelling: str, first: str, last: str, number: int) -> None:
    pattern = parse_client(written)
    assert isinstance(pattern, Addresses)
    assert (str(pattern), pattern.range.first, pattern.range.last, pattern.range.number) == (
        spelling,
        first,
        last,
        number,
    )


@pytest.mark.parametrize(
    ("written", "name"), [("Example.COM", "example.com"), ("日本語.jp", "xn--wgv71a119e.jp"), ("a.co.jp", "a.co.jp")]
)
def test_a_pattern_may_be_a_domain(written: str, name: str) -> None:
    pattern = parse_client(written)
    assert isinstance(pattern, Named)
    assert str(pattern) == name


@pytest.mark.parametrize(
    ("written", "code", "right"),
    [
        ("", "client-empty", None),
        ("10.0.0.1\n10.0.0.2", "client-control", None),
        ("10.0.0.1\0", "client-control", None),
        ("10.0.0.\N{ZERO WIDTH SPACE}1", "client-control", None),
        ("１９２.１６８.0.1", "client-full-width", "192.168.0.1"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "client-full-width", "example.com"),
        ("192.168.0.300", "client-octet", None),
        ("1.2.3.256-257", "client-octet", None),
        ("10.0.0.9-1", "client-backwards", "10.0.0.1-9"),
        ("10.0.0.0/33", "client-prefix", None),
        ("2001:db8::/129", "client-prefix", None),
        ("10.0.0.1/8", "client-host-bits", "10.0.0.0/8"),
        ("2001:db8::1/32", "client-host-bits", "2001:db8::/32"),
        ("192.168.0", "client-form", "192.168.0."),
        ("192.168.0.*", "client-form", "192.168.0."),
        ("192.168.0.1.", "client-form", "192.168.0.1"),
        ("192.168/16", "client-form", "192.168.0.0/16"),
        ("10.0.0.0/255.0.0.0", "client-mask", "10.0.0.0/8"),
        ("010.0.0.1", "client-zeros", "10.0.0.1"),
        ("[2001:db8::1]", "client-form", "2001:db8::1"),
        ("2001:db8:", "client-form", "2001:db8::/32"),
        ("fe80::1%eth0", "client-form", None),
        ("::ffff:10.0.0.1", "client-mapped", "10.0.0.1"),
        ("*.example.com", "client-form", "example.com"),
        (".example.com", "client-form", "example.com"),
        ("example.com.", "client-form", "example.com"),
        ("com", "client-top-level", None),
        ("localhost", "client-top-level", None),
        ("co.jp", "client-top-level", None),
        ("a_b.example", "domain-label", None),
        ("static:all", "client-form", None),
        ("$mynetworks", "domain-label", None),
        ("!10.0.0.1", "domain-label", None),
        ("9" * 5000, "client-octet", None),
    ],
)
def test_what_only_looks_like_a_pattern_is_refused(written: str, code: str, right: str | None) -> None:
    with pytest.raises(Malformed) as refused:
        parse_client(written)
    assert (refused.value.code, refused.value.details.get("right")) == (code, right)


@pytest.mark.parametrize(
    "written",
    [
        "0.0.0.0/0",
        "::/0",
        "0.0.0.0/1",
        "128.0.0.0/1",
        "::/1",
        "8000::/1",
        "0.0.0.0-255",
        "0.",
        "0.0.0.0",
        "::",
        "1.0.0.0-255.255.255.255",
        "2000::/3",
        "3000::/4",
        "::/96",
        "::/32",
    ],
)
def test_everybody_is_no_client(written: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_client(written)
    assert refused.value.code == "client-everybody"


def test_entries_that_together_are_everybody_are_noticed_and_one_quarter_is_not() -> None:
    quarters = [AddressRange.network(4, first << 30, 2) for first in range(4)]
    assert covers_everybody(quarters[:2])
    assert covers_everybody(quarters)
    assert not covers_everybody([quarters[1]] * 3)
    assert not covers_everybody([quarters[1], AddressRange.network(6, 0x2001 << 112, 16)])
    eighths = [AddressRange.network(6, (0x2000 + part * 0x400) << 112, 6) for part in range(8)]
    assert covers_everybody(eighths[:4])
    assert not covers_everybody(eighths[:3])


@pytest.mark.parametrize(
    ("written", "wide"),
    [("10.1.0.0/16", False), ("10.0.0.0/15", True), ("10.", True), ("2001:db8::/32", False), ("2001:db8::/31", True)],
)
def test_wider_than_one_organisation_is_wide(written: str, wide: bool) -> None:
    pattern = parse_client(written)
    assert isinstance(pattern, Addresses)
    assert pattern.range.wide is wide


addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)
networks = st.tuples(st.integers(1, 2**32 - 1), st.integers(2, 32)).map(
    lambda pair: str(ipaddress.ip_network((pair[0], pair[1]), strict=False))
)


@given(st.one_of(addresses, networks, st.text(max_size=40), st.from_regex(r"[0-9.\-/]{1,20}", fullmatch=True)))
def test_a_spelling_is_its_own_spelling_and_what_is_suggested_is_a_pattern(written: str) -> None:
    found = read(written)
    if isinstance(found, Malformed):
        right = found.details.get("right", "10.0.0.1")
        assert str(parse_client(right)) == right
    else:
        assert parse_client(str(found)) == found


def read(text: str) -> ClientPattern | Malformed:
    try:
        return parse_client(text)
    except Malformed as refused:
        return refused


def test_both_ends_compare_as_texts() -> None:
    pattern = parse_client("192.168.0.21-24")
    assert isinstance(pattern, Addresses)
    assert pattern.range.keys == ("00000000000000000000ffffc0a80015", "00000000000000000000ffffc0a80018")

"""Entries of block lists, and how answers are read (RFC 5782)."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address

import pytest

from fumibako.mail.dns_list import parse_dns_list, refuses
from fumibako.mail.malformed import Malformed


@pytest.mark.parametrize(
    ("written", "spelling", "weight"),
    [
        ("bl.example.net", "bl.example.net", 1),
        (" BL.example.NET ", "bl.example.net", 1),
        ("bl.example.net*1", "bl.example.net", 1),
        ("bl.example.net*2", "bl.example.net*2", 2),
        ("bl.example.net*-3", "bl.example.net*-3", -3),
        ("bl.example.net=127.0.0.[2..11]", "bl.example.net=127.0.0.[2..11]", 1),
        ("bl.example.net=127.0.0.[2;4..6]*5", "bl.example.net=127.0.0.[2;4..6]*5", 5),
    ],
)
def test_an_entry_has_one_spelling(written: str, spelling: str, weight: int) -> None:
    entry = parse_dns_list(written)
    assert (str(entry), entry.name, entry.weight) == (spelling, "bl.example.net", weight)
    assert parse_dns_list(spelling) == entry


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "domain-empty"),
        ("bl", "domain-single-label"),
        ("http://bl.example.net/", "domain-label"),
        ("bl.example.net\nx", "domain-control"),
        ("bl.example.net=", "list-form"),
        ("bl.example.net*", "list-form"),
        ("bl.example.net=127.0.0.2=3", "list-form"),
        ("bl.example.net=127.0.0", "list-codes"),
        ("bl.example.net=10.0.0.2", "list-codes"),
        ("bl.example.net=127.0.0.[11..2]", "list-codes"),
        ("bl.example.net=127.0.0.256", "list-codes"),
        ("bl.example.net*0", "list-weight"),
        ("bl.example.net*101", "list-weight"),
    ],
)
def test_what_is_no_entry_is_refused(written: str, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_dns_list(written)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("answer", "listed", "listed_by_codes"),
    [
        ("127.0.0.2", True, True),
        ("127.0.0.11", True, True),
        ("127.0.0.12", True, False),
        ("127.0.1.2", True, False),
        ("127.0.0.1", False, False),  # says nothing
        ("127.255.255.254", False, False),  # is said to us, not of the client
        ("198.51.100.1", False, False),  # somebody else's answer
    ],
)
def test_only_the_lists_own_answers_count(answer: str, listed: bool, listed_by_codes: bool) -> None:
    assert parse_dns_list("bl.example.net").lists(IPv4Address(answer)) is listed
    assert parse_dns_list("bl.example.net=127.0.0.[2..11]").lists(IPv4Address(answer)) is listed_by_codes
    assert refuses(IPv4Address(answer)) is (answer == "127.255.255.254")


def test_a_client_is_asked_for_backwards() -> None:
    entry = parse_dns_list("bl.example.net")
    assert entry.asked(ip_address("192.0.2.99")) == "99.2.0.192.bl.example.net"
    digits = entry.asked(ip_address("2001:db8::1")).removesuffix(".bl.example.net")
    assert digits.startswith("1.0.0.0.")
    assert digits.endswith(".8.b.d.0.1.0.0.2")

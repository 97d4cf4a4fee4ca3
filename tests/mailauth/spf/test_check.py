"""What the public suite does not ask of SPF: limits to the letter, both identities, internationalised mail, bad clients."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mailauth.spf.check import check_helo, check_mail_from
from fumibako.mailauth.spf.record import SpfRecord, parse_record
from fumibako.mailauth.spf.result import SpfResult
from tests.mailauth.zone import TIMEOUT, Zone, run


def asked(zone: dict[str, Any], sender: str = "a@example.org", client: str = "192.0.2.1") -> SpfResult:
    names = {name: [entry if isinstance(entry, tuple) or entry == TIMEOUT else ("TXT", entry) for entry in entries]
             for name, entries in zone.items()}  # fmt: skip
    return run(check_mail_from(ip_address(client), sender, "helo.example", Zone(names), receiver="mx", now=0))


def test_helo_is_checked_as_postmaster_of_its_name() -> None:
    zone = Zone(
        {"helo.example": [("TXT", "v=spf1 exists:%{l}.%{d} -all")], "postmaster.helo.example": [("A", "127.0.0.2")]}
    )
    result = run(check_helo(ip_address("192.0.2.1"), "helo.example", zone, receiver="mx", now=0))
    assert (result.status, result.identity, result.sender) == ("pass", "helo", "postmaster@helo.example")


def test_an_empty_sender_is_postmaster_at_the_helo_name() -> None:
    assert asked({"helo.example": ["v=spf1 -all"]}, sender="").status == "fail"


@pytest.mark.parametrize(
    "sender", ["a@", "a", "a@localhost", "a@[192.0.2.1]", "a@b..c", "a@" + "x" * 64 + ".example", "a@\0"]
)
def test_what_is_no_domain_has_no_policy(sender: str) -> None:
    zone = Zone({})
    result = run(check_mail_from(ip_address("192.0.2.1"), sender, "helo", zone, receiver="mx", now=0))
    assert result.status == "none"
    assert zone.asked == []


def test_ten_terms_may_look_something_up_and_no_more() -> None:
    ten: dict[str, Any] = {
        "example.org": ["v=spf1 " + "a:a.example.com " * 9 + "a -all", ("A", "192.0.2.1")],
        "a.example.com": [("A", "192.0.2.9")],
    }
    assert (asked(ten).status, asked(ten).lookups) == ("pass", 10)
    ten["example.org"][0] = "v=spf1 " + "a:a.example.com " * 10 + "a -all"
    assert (asked(ten).status, asked(ten).reason.code) == ("permerror", "spf-lookups-exceeded")


def test_two_look_ups_may_be_void_and_no_more() -> None:
    zone = {"example.org": ["v=spf1 a:n1.example a:n2.example ip4:192.0.2.1 -all"]}
    assert asked(zone).status == "pass"
    zone = {"example.org": ["v=spf1 a:n1.example exists:n2.example mx:n3.example ip4:192.0.2.1 -all"]}
    assert (asked(zone).status, asked(zone).reason.code) == ("permerror", "spf-void-exceeded")


def test_a_record_that_includes_itself_comes_to_an_end() -> None:
    assert asked({"example.org": ["v=spf1 include:example.org -all"]}).reason.code == "spf-lookups-exceeded"
    assert asked({"example.org": ["v=spf1 redirect=example.org"]}).reason.code == "spf-lookups-exceeded"


def test_more_than_ten_exchangers_are_too_many() -> None:
    exchangers = [("MX", (10, f"m{number}.example")) for number in range(11)]
    zone = {"example.org": ["v=spf1 mx -all", *exchangers], "m0.example": [("A", "192.0.2.1")]}
    assert asked(zone).reason.code == "spf-names-exceeded"


def test_an_include_of_what_is_no_domain_is_an_error_like_one_that_publishes_nothing() -> None:
    long = "x" * 64
    assert asked({"example.org": [f"v=spf1 include:{long}.org ip4:192.0.2.1 -all"]}).reason.code == "spf-include-none"
    assert asked({"example.org": [f"v=spf1 a:{long}.org ip4:192.0.2.1 -all"]}).status == "pass"
    zone = {"example.org": ["v=spf1 include:%{l}.example.org ip4:192.0.2.1 -all"]}
    assert asked(zone).reason.code == "spf-include-none"
    assert asked(zone, sender="花子@example.org").status == "pass"  # RFC 8616 §4: such a term never matches


@pytest.mark.parametrize("record", ["a", "mx", "exists:%{d}", "include:example.com", "redirect=example.com"])
def test_time_outs_are_temporary(record: str) -> None:
    zone = {
        "example.org": [f"v=spf1 {record} -all" if "=" not in record else f"v=spf1 {record}", TIMEOUT],
        "example.com": [TIMEOUT],
    }
    assert asked(zone).status == "temperror"
    assert asked({"example.org": [TIMEOUT]}).status == "temperror"


def test_a_loop_of_aliases_is_temporary() -> None:
    assert (
        asked({"example.org": [("CNAME", "example.com")], "example.com": [("CNAME", "example.org")]}).status
        == "temperror"
    )


def test_mapped_addresses_are_ipv4() -> None:
    zone = {"example.org": ["v=spf1 ip4:192.0.2.0/24 -all"]}
    assert asked(zone, client="::ffff:192.0.2.7").status == "pass"
    assert asked(zone, client="2001:db8::1").status == "fail"


def test_internationalised_senders() -> None:
    zone = {
        "xn--r8jz45g.jp": ["v=spf1 exists:%{o}.ok.example ip4:192.0.2.1 -all"],
        "xn--r8jz45g.jp.ok.example": [("A", "127.0.0.1")],
    }
    result = asked(zone, sender="hanako@例え.jp", client="198.51.100.1")
    assert (result.status, result.domain) == ("pass", "xn--r8jz45g.jp")
    # RFC 8616 §4: a term with the local part does not match when that is not ASCII
    zone = {"example.org": ["v=spf1 exists:%{l}.example.org -all"], "hanako.example.org": [("A", "127.0.0.1")]}
    assert asked(zone, sender="hanako@example.org").status == "pass"
    assert asked(zone, sender="花子@example.org").status == "fail"


def test_an_explanation_that_cannot_be_had_is_none() -> None:
    zone = {"example.org": ["v=spf1 -all exp=why.example"], "why.example": ["%{i} is not one of %{d}'s"]}
    assert asked(zone).explanation == "192.0.2.1 is not one of example.org's"
    assert asked(zone | {"why.example": ["%{x}"]}).explanation == ""
    assert asked(zone | {"why.example": [TIMEOUT]}).explanation == ""


def test_long_expansions_lose_labels_on_the_left() -> None:
    zone = Zone({"example.org": [("TXT", "v=spf1 exists:" + "%{d}." * 400 + "example.com -all")]})
    result = run(check_mail_from(ip_address("192.0.2.1"), "a@example.org", "h", zone, receiver="mx", now=0))
    assert result.status == "fail"
    kind, name = zone.asked[-1]
    assert kind == "A"
    assert 240 < len(name) <= 253
    assert name.endswith(".example.org.example.com")


terms = st.lists(
    st.sampled_from([
        "a", "mx", "ptr", "-all", "~all", "+all", "ip4:192.0.2.1", "ip6:::1", "include:x.example", "exists:%{i}.x", "exp=a.b",
        "redirect=c.d", "a:%{d", "ip4:1", "x=1", "all:", "=", "a//129", "%", "\x7f", "a/0//0", "a:%{h1r+}",
    ])
)  # fmt: skip


@given(terms)
def test_parsing_never_raises(words: list[str]) -> None:
    assert isinstance(parse_record(("v=spf1 " + " ".join(words)).encode()), SpfRecord | str)


@given(st.binary(max_size=60))
def test_parsing_octets_never_raises(octets: bytes) -> None:
    assert isinstance(parse_record(b"v=spf1 " + octets), SpfRecord | str)

"""What is published, held against what is needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mailauth.spf.record import SpfRecord, parse_record
from fumibako.schema.text import plain
from fumibako.zone import spf
from fumibako.zone.compare import Published, compared
from fumibako.zone.record import Record

SPF = Record("example.jp", "TXT", "v=spf1 a mx -all", plain(""))
MX = Record("example.jp", "MX", "10 mail.example.jp.", plain(""))
DMARC = Record("_dmarc.example.jp", "TXT", "v=DMARC1; p=none; rua=mailto:postmaster@example.jp", plain(""))
KEY = Record("s1._domainkey.example.jp", "TXT", "v=DKIM1; k=rsa; p=AAAA", plain(""))
SRV = Record("_imaps._tcp.example.jp", "SRV", "0 1 993 mail.example.jp.", plain(""))


def at(record: Record, *values: str) -> Published:
    return {(record.name, record.type): values}


@pytest.mark.parametrize("record", [SPF, MX, DMARC, KEY, SRV])
def test_what_nobody_answered_is_unknown_and_what_is_not_there_is_missing(record: Record) -> None:
    assert compared(record, {}).state == "unknown"
    assert compared(record, at(record)).state == "missing"
    assert compared(record, at(record, record.value)).state == "present"


@pytest.mark.parametrize(
    ("published", "state", "wanted"),
    [
        ("v=spf1 mx ~all", "present", "v=spf1 mx ~all"),
        ("v=spf1 include:_spf.provider.example -all", "different", "v=spf1 include:_spf.provider.example mx -all"),
        ("v=spf1 include:_spf.provider.example", "different", "v=spf1 include:_spf.provider.example mx"),
        ("v=spf1 redirect=_spf.example.net", "present", "v=spf1 redirect=_spf.example.net"),
        ("v=spf1 -mx ip4:192.0.2.1 -all", "different", "v=spf1 -mx ip4:192.0.2.1 mx -all"),
        ("v=spf1 +all", "present", "v=spf1 +all"),
        ("v=spf1 ip4:300.1.2.3 -all", "different", "v=spf1 a mx -all"),
    ],
)
def test_somebody_elses_terms_stay_in_an_spf_record(published: str, state: str, wanted: str) -> None:
    found = compared(SPF, at(SPF, "some-verification=1", published))
    assert (found.state, found.record.value) == (state, wanted)


def test_a_record_that_lets_everybody_send_is_remarked_on() -> None:
    remark = compared(SPF, at(SPF, "v=spf1 +all")).remark
    assert remark is not None
    assert "+all" in remark.en


def test_a_relay_that_is_not_named_is_put_in() -> None:
    wanted = Record("example.jp", "TXT", spf.wanted(["192.0.2.9"]), plain(""))
    found = compared(wanted, at(wanted, "v=spf1 mx -all"))
    assert (found.state, found.record.value) == ("different", "v=spf1 mx ip4:192.0.2.9 -all")


def test_two_spf_records_are_none() -> None:
    assert compared(SPF, at(SPF, "v=spf1 mx -all", "v=spf1 a -all")).state == "doubled"


def test_eleven_look_ups_are_too_many_and_ten_are_not() -> None:
    ten = "v=spf1 mx " + " ".join(f"include:{letter}.example" for letter in "abcdefghi") + " -all"
    assert compared(SPF, at(SPF, ten)).state == "present"
    remark = compared(SPF, at(SPF, ten.replace(" -all", " a -all"))).remark
    assert remark is not None
    assert "11" in remark.en


def test_the_owners_dmarc_policy_is_right_whatever_it_is_and_a_broken_one_is_not() -> None:
    assert compared(DMARC, at(DMARC, "v=DMARC1; p=reject")).state == "present"
    assert compared(DMARC, at(DMARC, "v=DMARC1; p=perhaps")).state == "different"
    assert compared(DMARC, at(DMARC, "v=DMARC1; p=none", "v=DMARC1; p=reject")).state == "doubled"


def test_blanks_do_not_matter_in_a_key_and_another_key_does() -> None:
    assert compared(KEY, at(KEY, "v=DKIM1;k=rsa;p=AA AA")).state == "present"
    assert compared(KEY, at(KEY, "v=DKIM1; k=rsa; p=BBBB")).state == "different"


def test_a_further_mail_server_is_remarked_on_and_a_foreign_one_is_not_ours() -> None:
    both = compared(MX, at(MX, "5 mx.other.example.", "20 mail.example.jp."))
    assert (both.state, both.record.value) == ("present", "20 mail.example.jp.")
    assert both.remark is not None
    assert "mx.other.example" in both.remark.ja
    assert compared(MX, at(MX, "5 mx.other.example.")).state == "different"


def test_a_services_priority_is_the_owners_and_its_port_is_a_fact() -> None:
    assert compared(SRV, at(SRV, "7 3 993 MAIL.example.jp.")).state == "present"
    assert compared(SRV, at(SRV, "0 1 1993 mail.example.jp.")).state == "different"


TERMS = st.sampled_from(
    ["a", "mx", "ptr", "include:x.example", "ip4:192.0.2.0/24", "-ip4:192.0.2.7", "~mx", "?all", "exp=e.example"]
)


@given(st.lists(TERMS, max_size=7), st.sampled_from([[], ["192.0.2.9"], ["smtp.example.net"]]))
def test_merging_twice_is_merging_once_and_keeps_every_term(terms: list[str], relays: list[str]) -> None:
    published = " ".join(["v=spf1", *terms])
    if isinstance(parse_record(published.encode()), str):
        return  # exp= twice
    once = spf.merged(published, relays)
    assert spf.merged(once, relays) == once
    assert [term for term in once.split(" ") if term in terms] == terms
    assert isinstance(parse_record(once.encode()), SpfRecord)


@given(st.text(max_size=80))
def test_whatever_stands_in_dns_is_only_compared(text: str) -> None:
    for record in (SPF, MX, DMARC, KEY, SRV):
        assert compared(record, at(record, text)).state in ("present", "missing", "different", "doubled")

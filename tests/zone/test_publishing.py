"""What is changed in a zone, and above all what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fumibako.schema.text import plain
from fumibako.zone.compare import Published, across, again, compared
from fumibako.zone.publishing import Change, changes, own, withdrawals
from fumibako.zone.record import Record

SPF = Record("example.jp", "TXT", "v=spf1 a mx -all", plain(""))
MX = Record("example.jp", "MX", "10 mail.example.jp.", plain(""))
DMARC = Record("_dmarc.example.jp", "TXT", "v=DMARC1; p=none; rua=mailto:postmaster@example.jp", plain(""))
KEY = Record("s1._domainkey.example.jp", "TXT", "v=DKIM1; k=rsa; p=AAAA", plain(""))
SRV = Record("_imaps._tcp.example.jp", "SRV", "0 1 993 mail.example.jp.", plain(""))


def at(record: Record, *values: str) -> Published:
    return {(record.name, record.type): values}


def changed(record: Record, *values: str, ours: tuple[str, ...] = ()) -> list[Change]:
    return changes([compared(record, at(record, *values))], [(record.name, record.type, each) for each in ours])


@pytest.mark.parametrize("record", [SPF, MX, DMARC, KEY, SRV])
def test_what_is_missing_comes_and_what_is_there_stays(record: Record) -> None:
    assert changed(record) == [Change(record.name, record.type, come=record.value)]
    assert changed(record, record.value) == []


@pytest.mark.parametrize("record", [SPF, MX, DMARC, KEY, SRV])
def test_nothing_is_changed_that_nobody_answered(record: Record) -> None:
    assert changes([compared(record, {})], []) == []


@pytest.mark.parametrize(
    ("record", "other"),
    [
        (MX, "10 mail.elsewhere.example."),
        (KEY, "v=DKIM1; k=rsa; p=BBBB"),
        (SRV, "0 1 993 other.example."),
        (DMARC, "v=DMARC1; p=nonsense"),
    ],
)
def test_somebody_elses_record_is_left_alone(record: Record, other: str) -> None:
    assert changed(record, other) == []


@pytest.mark.parametrize(
    ("record", "before"),
    [(MX, "10 old.example.jp."), (KEY, "v=DKIM1; k=rsa; p=BBBB"), (SRV, "0 1 1993 mail.example.jp.")],
)
def test_what_we_put_there_ourselves_is_replaced(record: Record, before: str) -> None:
    wanted = [Change(record.name, record.type, gone=(before,), come=record.value)]
    assert changed(record, before, ours=(before,)) == wanted


def test_our_old_mx_beside_somebody_elses_is_left_alone() -> None:
    assert changed(MX, "10 old.example.jp.", "20 other.example.", ours=("10 old.example.jp.",)) == []


def test_every_term_of_an_spf_record_stays() -> None:
    before = "v=spf1 include:_spf.provider.example ~all"
    after = "v=spf1 include:_spf.provider.example mx ~all"
    assert changed(SPF, "site-verification=1", before) == [Change("example.jp", "TXT", (before,), after)]


@pytest.mark.parametrize(
    "before", ["v=spf1 include:_spf.provider.example incldue:b.example -all", "v=spf1 ip4:1.2.3 -all"]
)
def test_an_spf_record_that_cannot_be_read_is_left_to_its_owner(before: str) -> None:
    assert changed(SPF, before) == []


def test_two_spf_records_are_left_to_their_owner() -> None:
    assert changed(SPF, "v=spf1 mx -all", "v=spf1 include:b.example -all") == []


def test_our_outdated_text_beside_another_goes() -> None:
    assert changed(KEY, "v=DKIM1; k=rsa; p=OLD", KEY.value, ours=("v=DKIM1; k=rsa; p=OLD",)) == [
        Change(KEY.name, "TXT", gone=("v=DKIM1; k=rsa; p=OLD",))
    ]


def test_the_record_of_a_withdrawn_key_goes_and_another_key_of_that_name_stays() -> None:
    spelled = "v=DKIM1; k=rsa; p= AA AA"
    assert withdrawals([KEY], at(KEY, spelled)) == [Change(KEY.name, "TXT", gone=(spelled,))]
    assert withdrawals([KEY], at(KEY, "v=DKIM1; k=rsa; p=BBBB")) == []
    assert withdrawals([KEY], at(KEY)) == []


def test_what_was_seen_as_it_is_needed_is_ours_until_it_is_gone() -> None:
    published = {**at(KEY, KEY.value), **at(MX, MX.value, "20 other.example."), **at(DMARC, DMARC.value)}
    found = [compared(record, published) for record in (KEY, MX, DMARC)]
    before = [("example.jp", "MX", "10 gone.example.")]
    assert own(found, before, published) == [  # type: ignore[arg-type]
        (KEY.name, "TXT", KEY.value),
        ("example.jp", "MX", MX.value),
    ]


def test_a_secondary_that_lags_behind_is_told_by_name() -> None:
    found = across(KEY, {"ns1": at(KEY, KEY.value), "ns2": at(KEY)})
    assert found.state == "unsettled"
    assert "ns2" in found.remark.en  # type: ignore[union-attr]


def test_a_server_that_is_silent_is_told_by_name() -> None:
    found = across(KEY, {"ns1": at(KEY, KEY.value), "ns2": {}})
    assert found.state == "unsettled"
    assert "ns2" in found.remark.ja  # type: ignore[union-attr]


def test_servers_that_differ_are_told_each_with_its_own_answer() -> None:
    other = "v=DKIM1; k=rsa; p=BBBB"
    found = across(KEY, {"ns1": at(KEY, KEY.value), "ns2": at(KEY, other), "ns3": at(KEY), "ns4": {}})
    assert [(each.server, each.state, each.published) for each in found.told] == [
        ("ns1", "present", (KEY.value,)),
        ("ns2", "different", (other,)),
        ("ns3", "missing", ()),
        ("ns4", "unknown", ()),
    ]
    assert again(replace(KEY, value=other), found).told[1].state == "present"
    assert across(MX, {"ns1": at(MX, MX.value, "20 b."), "ns2": at(MX, "20 b.", MX.value)}).told == ()


def test_servers_that_agree_are_one() -> None:
    assert across(KEY, {"ns1": at(KEY, KEY.value), "ns2": at(KEY, KEY.value)}).state == "present"
    assert across(KEY, {"ns1": at(KEY), "ns2": at(KEY)}).state == "missing"
    assert across(KEY, {"ns1": {}, "ns2": {}}).state == "unknown"
    assert across(KEY, {}).state == "unknown"

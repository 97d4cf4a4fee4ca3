"""What an SPF record costs with all that it includes, held against what a receiver counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address

import pytest

from fumibako.mailauth.spf.check import check_mail_from
from fumibako.schema.text import plain
from fumibako.zone.compare import compared, weighed
from fumibako.zone.record import Record
from fumibako.zone.spf_cost import SpfCost, spf_cost
from tests.mailauth.zone import TIMEOUT, Zone, run

DOMAIN = "example.jp"
RECORD = Record(DOMAIN, "TXT", "v=spf1 a mx -all", plain(""))
PROVIDER = {
    "_spf.provider.example": ["v=spf1 include:_a.provider.example include:_b.provider.example ~all"],
    "_a.provider.example": ["v=spf1 ip4:192.0.2.0/24 a:out.provider.example -all"],
    "_b.provider.example": ["v=spf1 ip4:198.51.100.0/24 -all"],
}


def cost(text: str, texts: Mapping[str, Sequence[str]] = PROVIDER, *there: str) -> SpfCost:
    async def ask(name: str, type_: str) -> Sequence[str] | None:
        if type_ == "TXT":
            found = texts.get(name, ())
            return None if TIMEOUT in found else found
        return ["192.0.2.1"] if name in there or not there else []

    found = run(spf_cost(text, DOMAIN, ask))
    assert found is not None
    return found


def test_what_is_included_is_counted_and_said_by_term() -> None:
    found = cost("v=spf1 include:_spf.provider.example mx -all")
    assert [(each.text, each.look_ups) for each in found.terms] == [("include:_spf.provider.example", 4), ("mx", 1)]
    assert (found.look_ups, found.broken, found.unanswered) == (5, (), ())


def test_a_redirect_counts_unless_all_stands_before_it() -> None:
    assert cost("v=spf1 redirect=_spf.provider.example").look_ups == 4
    assert cost("v=spf1 -all redirect=_spf.provider.example").look_ups == 0


def test_what_depends_on_the_message_counts_once_and_is_not_asked_for() -> None:
    found = cost("v=spf1 include:%{d}.provider.example exists:%{i}.x.example ptr -all", {})
    assert (found.look_ups, found.voids, found.broken) == (3, 0, ())


def test_names_that_do_not_exist_are_counted() -> None:
    found = cost("v=spf1 a:one.example mx:two.example exists:three.example a:there.example -all", {}, "there.example")
    assert (found.look_ups, found.voids) == (4, 3)


@pytest.mark.parametrize("texts", [(), ("v=spf1 ip4:300.1.1.1",), ("v=spf1 -all", "v=spf1 +all"), ("hello",)])
def test_an_included_name_without_a_usable_record_breaks_the_whole(texts: tuple[str, ...]) -> None:
    assert cost("v=spf1 include:b.example -all", {"b.example": texts}).broken == ("b.example",)


def test_a_record_that_leads_back_to_itself_is_broken_and_counting_ends() -> None:
    assert cost("v=spf1 include:example.jp -all", {DOMAIN: ["v=spf1 include:example.jp -all"]}).broken == (DOMAIN,)
    many = {f"n{number}.example": [f"v=spf1 include:n{number + 1}.example -all"] for number in range(500)}
    assert 10 < cost("v=spf1 include:n0.example -all", many).look_ups < 100


def test_what_nobody_answers_is_said_and_is_no_fault_of_the_record() -> None:
    found = cost("v=spf1 include:b.example -all", {"b.example": [TIMEOUT]})
    assert (found.look_ups, found.broken, found.unanswered) == (1, (), ("b.example",))


@pytest.mark.parametrize(("number", "status"), [(6, "neutral"), (7, "permerror")])
def test_a_receiver_counts_the_same(number: int, status: str) -> None:
    text = "v=spf1 include:_spf.provider.example " + " ".join(f"a:x{n}.example" for n in range(number)) + " ?all"
    texts = {name: [("TXT", each) for each in records] for name, records in {DOMAIN: [text], **PROVIDER}.items()}
    addresses = {name: [("A", "192.0.2.1")] for name in ("out.provider.example", *(f"x{n}.example" for n in range(7)))}
    result = run(
        check_mail_from(
            ip_address("203.0.113.9"), f"a@{DOMAIN}", "h", Zone({**texts, **addresses}), receiver="mx", now=0
        )
    )
    assert (cost(text).look_ups, result.status) == (4 + number, status)


def test_a_record_that_costs_too_much_is_of_no_use_and_says_which_term_it_is() -> None:
    text = "v=spf1 a mx " + " ".join(f"include:_spf.provider.example{dot}" for dot in ("", ".")) + " a:x.example -all"
    found = weighed(compared(RECORD, {(DOMAIN, "TXT"): [text]}), cost(text))
    assert found.state == "different"
    assert found.remark is not None
    assert "11 look-ups" in found.remark.en
    assert "include:_spf.provider.example 4" in found.remark.ja


def test_a_record_within_the_limit_stays_in_order_with_its_cost() -> None:
    text = "v=spf1 mx include:_spf.provider.example -all"
    found = weighed(compared(RECORD, {(DOMAIN, "TXT"): [text]}), cost(text))
    assert (found.state, found.remark, found.cost and found.cost.look_ups) == ("present", None, 5)


def test_its_cost_goes_over_the_wire() -> None:
    found = cost("v=spf1 include:_spf.provider.example include:gone.example a:void.example -all", PROVIDER, "x")
    assert SpfCost.from_json(found.as_json()) == found

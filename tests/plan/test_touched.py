"""The questions that a change raises."""

from __future__ import annotations

import pytest

from fumibako.plan.explanation import Answer, Verdict
from fumibako.plan.questions import OUTSIDER
from fumibako.plan.route import Hop
from fumibako.plan.told_changes import relay_name, told_changes
from fumibako.plan.touched import ELSEWHERE, Question, questions, unpermitted
from fumibako.schema.edit import Edit


def permitted(entry: str, now: bool | None = True) -> Edit:
    return Edit(("access", "permitted_clients", entry), None if now else True, now)


def clients(*entries: str) -> list[str]:
    return [each.inquiry.client for each in questions([permitted(entry) for entry in entries], None)]


@pytest.mark.parametrize(
    ("entry", "asked"),
    [
        ("192.0.2.1", ["192.0.2.1", "192.0.2.2"]),
        ("192.0.2.21-24", ["192.0.2.22", "192.0.2.25"]),
        ("192.0.2.", ["192.0.2.1", "192.0.3.0"]),
        ("2001:db8::/32", ["2001:db8::1", "2001:db9::"]),
        ("255.255.255.0/24", ["255.255.255.1", "255.255.254.255"]),
    ],
)
def test_of_a_range_an_address_within_and_the_one_beside_it(entry: str, asked: list[str]) -> None:
    assert clients(entry) == asked


def test_of_a_domain_a_client_that_has_its_name() -> None:
    (asked,) = questions([permitted("partner.example")], None)
    assert (asked.about, asked.name.verified, asked.inquiry.client) == ("partner.example", "partner.example", OUTSIDER)


def test_what_is_not_touched_raises_no_question() -> None:
    edits = [
        Edit(("basics", "message_size_limit"), 1, 2),
        Edit(("accounts", "hanako@example.jp", "name"), "", "Hanako"),
        Edit(("spam", "blocked_senders", "@s.example"), None, True),
    ]
    assert questions(edits, None) == ()


def test_routes_are_asked_for_what_they_mean() -> None:
    route = {"host": "192.168.12.34", "port": 1025}
    edits = [
        Edit(("relay", "domains", ".example.com"), None, route),
        Edit(("relay", "senders", "example.net"), None, route),
        Edit(("relay", "default"), None, route),
    ]
    asked = {(each.kind, each.inquiry.sender, each.inquiry.recipient) for each in questions(edits, None)}
    assert asked == {
        ("route", "", "somebody@host.example.com"),
        ("route", "", ELSEWHERE),
        ("from", "somebody@example.net", ELSEWHERE),
    }


def test_an_account_that_forwards_is_asked_where_its_mail_goes() -> None:
    (asked,) = questions([Edit(("accounts", "hanako@example.jp", "forward"), [], ["x@far.example"])], None)
    assert (asked.kind, asked.inquiry.recipient) == ("alias", "hanako@example.jp")


def test_the_outsider_is_one_that_nobody_permits() -> None:
    assert unpermitted([]) == OUTSIDER
    assert unpermitted(["198.51.100.0/24", "partner.example"]) == "203.0.113.77"


def found(verdict: Verdict, reply: str, *route: Hop) -> Answer:
    return Answer(verdict, reply, route)


def told(question: Question, before: Answer | None, after: Answer | None) -> list[tuple[str, str, str]]:
    return [(row.question.en, row.before.en, row.after.en) for row in told_changes([question], [before], [after])]


def test_answers_that_change_are_words() -> None:
    (inside, _) = questions([permitted("192.168.0.21-24")], None)
    denied, accepted = found("reject", "554 5.7.1 Relay access denied"), found("accept", "250 2.1.5 Ok")
    assert told(inside, denied, accepted) == [
        ("192.168.0.22 without logging in", "may not send to other servers (554)", "may send to any address")
    ]
    assert told(inside, denied, denied) == []
    assert told(inside, None, denied) == [
        ("192.168.0.22 without logging in", "—", "may not send to other servers (554)")
    ]


def test_a_route_is_told_by_where_it_leads() -> None:
    (asked,) = questions([Edit(("relay", "domains", "local.example.com"), None, {})], None)
    mx = found("accept", "250 Ok", Hop("mx", "somebody@local.example.com", "local.example.com"))
    relayed = found("accept", "250 Ok", Hop("relay", "somebody@local.example.com", "[192.168.12.34]:1025"))
    assert told(asked, mx, relayed) == [
        ("Mail for local.example.com", "goes straight to its MX", "goes to 192.168.12.34:1025")
    ]
    assert relay_name("[2001:db8::1]:25") == "[2001:db8::1]:25"


def test_an_alias_is_told_by_all_that_it_leads_to() -> None:
    (asked,) = questions([Edit(("aliases", "office@example.jp"), None, {})], None)
    unknown = found("reject", "550 5.1.1 User unknown")
    hops = [
        Hop("alias", "office@example.jp", "hanako@example.jp, x@far.example"),
        Hop("mailbox", "hanako@example.jp"),
        Hop("relay", "x@far.example", "[192.0.2.1]:25"),
    ]
    assert told(asked, unknown, found("accept", "250 Ok", *hops)) == [
        ("Mail for office@example.jp", "refused 550", "goes to hanako@example.jp, x@far.example at 192.0.2.1:25")
    ]

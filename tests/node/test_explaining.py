"""What the agent says that would happen to a message, on a real server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from fumibako.plan.explanation import Explanation
from fumibako.plan.inquiry import Inquiry
from fumibako.schema.edit import Edit
from fumibako.wire.console import Run
from tests.node.station import ACCOUNT, Station

STRANGER = Inquiry("somebody@far.example", "hanako@example.jp")


def explain(station: Station, inquiry: Inquiry, **more: Any) -> Explanation:
    answer = station.console.ask_agent("explain", inquiry=inquiry.as_json(), **more)
    assert answer.pop("ok"), answer
    return Explanation.from_wire(answer)


def rule(found: Explanation) -> tuple[str, str]:
    return found.rule.section, found.rule.entry


@contextmanager
def applied(station: Station, *edits: Edit) -> Iterator[None]:
    outcome = station.console.apply(*edits)
    assert outcome["outcome"] == "applied", station.story(outcome)
    try:
        yield
    finally:
        station.console.apply(*(Edit(edit.place, edit.now, edit.was) for edit in reversed(edits)))


def client(entry: str) -> Edit:
    return Edit(("access", "permitted_clients", entry), None, True)


def refused_sender(entry: str) -> Edit:
    return Edit(("spam", "blocked_senders", entry), None, True)


def test_mail_for_an_account_is_accepted_and_goes_into_its_mailbox(station: Station) -> None:
    found = explain(station, STRANGER)
    assert (found.verdict, found.reply[:3]) == ("accept", "250")
    assert rule(found) == ("accounts", "hanako@example.jp")
    assert [(hop.kind, hop.address) for hop in found.route] == [("mailbox", "hanako@example.jp")]
    assert any("larger than 10,485,760" in each.en for each in found.unknown)


def test_a_stranger_may_not_send_elsewhere(station: Station) -> None:
    found = explain(station, replace(STRANGER, recipient="x@elsewhere.example"))
    assert (found.verdict, found.reply[:9]) == ("reject", "554 5.7.1")
    assert rule(found) == ("domains", "elsewhere.example")
    assert found.route == ()
    assert [step.fate for step in found.steps if step.title.en == "Recipient's domain"] == ["refused"]
    assert found.steps[-1].fate == "not reached"


def test_a_name_that_nobody_has_is_named(station: Station) -> None:
    found = explain(station, replace(STRANGER, recipient="nobody@example.jp"))
    assert (found.verdict, found.reply[:9]) == ("reject", "550 5.1.1")
    assert rule(found) == ("accounts", "nobody@example.jp")


def test_two_clients_that_cover_an_address_are_told_apart(station: Station) -> None:
    elsewhere = replace(STRANGER, recipient="x@elsewhere.example")
    with applied(station, client("192.0.2.0/24"), client("192.0.2.21-24")):
        found = explain(station, replace(elsewhere, client="192.0.2.22"))
        assert (found.verdict, rule(found)) == ("accept", ("access.permitted_clients", "192.0.2.21-24"))
        assert "192.0.2.0/24" in found.rule.text.en
        found = explain(station, replace(elsewhere, client="192.0.2.25"))
        assert (found.verdict, rule(found)) == ("accept", ("access.permitted_clients", "192.0.2.0/24"))
        assert [(hop.kind, hop.nexthop) for hop in found.route] == [("mx", "elsewhere.example")]
    assert explain(station, replace(elsewhere, client="192.0.2.22")).verdict == "reject"


def test_two_refused_senders_with_the_same_text_are_told_apart(station: Station) -> None:
    with applied(station, refused_sender("spam@far.example"), refused_sender("@far.example")):
        both = [explain(station, replace(STRANGER, sender=name)) for name in ("spam@far.example", "other@far.example")]
        assert [found.verdict for found in both] == ["reject", "reject"]
        assert both[0].reply.partition(">")[2] == both[1].reply.partition(">")[2]
        assert [rule(found) for found in both] == [
            ("spam.blocked_senders", "spam@far.example"),
            ("spam.blocked_senders", "@far.example"),
        ]
        assert explain(station, replace(STRANGER, sender="spam@sub.far.example")).verdict == "accept"


def test_a_service_that_wants_a_log_in_says_so_at_mail(station: Station) -> None:
    found = explain(station, replace(STRANGER, service="submission", client="127.0.0.1"))
    assert (found.verdict, found.reply[:3]) == ("reject", "530")
    assert rule(found) == ("basics.services.submission.auth_required", "")


def test_who_cannot_log_in_is_not_let_in(station: Station) -> None:
    asked = replace(STRANGER, service="submission", login="taro@example.jp")
    found = explain(station, asked)
    assert (found.verdict, found.reply[:3], rule(found)) == ("reject", "535", ("accounts", "taro@example.jp"))
    found = explain(station, replace(asked, service="smtp"))
    assert (found.verdict, found.reply[:3]) == ("reject", "503")
    assert found.rule.section == "basics.services.smtp.auth"


def test_an_account_that_may_not_send_is_named(station: Station) -> None:
    row = {**ACCOUNT, "password_hash": "{SHA512-CRYPT}$6$x$x", "may_send": False}
    asked = replace(STRANGER, service="submission", login="jiro@example.jp", recipient="x@elsewhere.example")
    with applied(station, Edit(("accounts", "jiro@example.jp"), None, row)):
        found = explain(station, asked)
        assert (found.verdict, found.reply[:9], rule(found)) == ("reject", "550 5.7.1", ("accounts", "jiro@example.jp"))
        with applied(station, Edit(("accounts", "jiro@example.jp", "may_send"), False, True)):
            found = explain(station, asked)
            assert (found.reply[:3], rule(found)) == ("553", ("authentication.own_addresses_only", "jiro@example.jp"))
            found = explain(station, replace(asked, sender="jiro@example.jp"))
            assert (found.verdict, rule(found)) == ("accept", ("accounts", "jiro@example.jp"))


def test_a_name_that_leads_to_the_administrator_is_told_as_his(station: Station) -> None:
    asked = replace(STRANGER, recipient="postmaster@example.jp")
    assert rule(explain(station, asked)) == ("accounts", "postmaster@example.jp")
    with applied(station, Edit(("basics", "administrator"), None, "hanako@example.jp")):
        for recipient in ("postmaster@example.jp", "abuse@mail.example.jp"):
            found = explain(station, replace(asked, recipient=recipient))
            assert (found.verdict, rule(found)) == ("accept", ("basics.administrator", ""))
            assert [(hop.kind, hop.address, hop.section) for hop in found.route] == [
                ("alias", recipient, "basics.administrator"),
                ("mailbox", "hanako@example.jp", "accounts"),
            ]
        assert explain(station, replace(asked, recipient="nobody@mail.example.jp")).reply[:3] == "550"


def test_the_route_shows_aliases_relays_and_mailboxes(station: Station) -> None:
    route = {"host": "192.168.12.34", "port": 1025}
    alias = {"targets": ["hanako@example.jp", "her@local.example.com", "her@free.example"]}
    edits = [
        Edit(("relay", "domains", "local.example.com"), None, route),
        Edit(("aliases", "office@example.jp"), None, alias),
    ]
    with applied(station, *edits):
        found = explain(station, replace(STRANGER, recipient="office@example.jp"))
    assert rule(found) == ("aliases", "office@example.jp")
    assert [(hop.kind, hop.address, hop.nexthop, hop.section, hop.entry) for hop in found.route][1:] == [
        ("mailbox", "hanako@example.jp", "", "accounts", "hanako@example.jp"),
        ("relay", "her@local.example.com", "[192.168.12.34]:1025", "relay.domains", "local.example.com"),
        ("mx", "her@free.example", "free.example", "", ""),
    ]


def test_the_candidate_answers_for_staged_edits(station: Station) -> None:
    console = station.console
    after = {**console.settings, "access": {"permitted_clients": ["192.0.2.22"]}}
    after = {**after, "spam": {**after["spam"], "blocked_senders": ["@far.example"]}}
    run = Run(0, "plan", console.revision, console.revision + 1, console.settings, after).as_json()
    found = explain(station, STRANGER, run=run)
    assert (found.verdict, rule(found)) == ("reject", ("spam.blocked_senders", "@far.example"))
    found = explain(station, replace(STRANGER, client="192.0.2.22", recipient="x@elsewhere.example"), run=run)
    assert (found.verdict, rule(found)) == ("accept", ("access.permitted_clients", "192.0.2.22"))
    assert explain(station, STRANGER).verdict == "accept"


def test_a_service_that_is_off_cannot_be_asked(station: Station) -> None:
    edit = station.console.edit("basics.services.smtps.enabled", False)
    with applied(station, edit):
        answer = station.console.ask_agent("explain", inquiry=replace(STRANGER, service="smtps").as_json())
    assert [each["code"] for each in answer["findings"]] == ["service-off"]


@pytest.mark.parametrize("sender", ["", "o'hara@far.example", "a%b@far.example", "a=b+c@far.example"])
def test_unusual_senders_are_asked_as_they_are(station: Station, sender: str) -> None:
    assert explain(station, replace(STRANGER, sender=sender)).verdict == "accept"


def test_a_full_mailbox_among_an_alias_s_targets_is_told(station: Station) -> None:
    team = Edit(("aliases", "team@example.jp"), None, {"targets": ["hanako@example.jp", "saburo@example.jp"]})
    with applied(station, Edit(("accounts", "saburo@example.jp"), None, {**ACCOUNT, "quota_mb": 1}), team):
        with station.connect("smtp") as line:
            line.ehlo()
            del line.esmtp_features["size"]  # what is not announced is let in once
            line.sendmail("a@far.example", ["saburo@example.jp"], b"\r\n" + (b"x" * 70 + b"\r\n") * 16_000)
        deadline = time.monotonic() + 15
        while True:
            found = explain(station, replace(STRANGER, recipient="team@example.jp"))
            kinds = [(hop.kind, hop.address) for hop in found.route]
            if ("full", "saburo@example.jp") in kinds or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        assert kinds == [
            ("alias", "team@example.jp"),
            ("full", "saburo@example.jp"),
            ("mailbox", "hanako@example.jp"),
        ]
        assert found.verdict == "accept"

"""Plans: answers of the live server beside the candidate's, and nothing changed by asking."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from fumibako.plan.asked_entries import ASKED
from fumibako.schema.edit import Edit
from tests.node.station import ACCOUNT, Station


def rows(outcome: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The rows that change, as an English reader sees them."""
    return {
        row["question"]["en"]: (row["before"]["en"], row["after"]["en"])
        for row in outcome["behaviour"]
        if row["changed"]
    }


def override(station: Station, name: str, value: str) -> Edit:
    return station.console.edit(f"basics.local_overrides.{name}", value)


def everything(station: Station) -> dict[str, Any]:
    """All files of the home that serve or could serve, and the wire."""
    root = station.root
    files = {
        str(path.relative_to(root)): (path.readlink() if path.is_symlink() else path.read_bytes())
        for below in ("generations", "server/db", "server/auth", "tls")
        for path in sorted((root / below).rglob("*"))
        if (path.is_symlink() or path.is_file()) and not path.name.endswith(("-shm", "-wal"))
    }
    return {
        "files": files,
        "current": os.readlink(root / "server/current"),
        "size": station.size_limit(),
        "pop3": station.listens("pop3"),
        "mails": station.mails("hanako@example.jp"),
        "log": reloads(station),
    }


def reloads(station: Station) -> int:
    return Path(station.home.postfix_log).read_text().count("reload -- version")


def test_a_plan_has_its_trial_and_changes_nothing(station: Station) -> None:
    before = everything(station)
    outcome = station.console.perform(
        "plan",
        station.console.edit("basics.message_size_limit", 20_971_520),
        station.console.edit("basics.services.pop3.enabled", False),
        Edit(("domains", "example.net"), None, {}),
        Edit(("accounts", "jiro@example.net"), None, ACCOUNT),
    )
    assert outcome["outcome"] == "planned", station.story(outcome)
    assert outcome["tried"]
    assert rows(outcome) == {
        f"POP3 ({station.port('pop3')})": ("answers", "stopped"),
        "SMTP, Submission, SMTPS: largest message": ("10 MB", "20 MB"),
        "Mail for example.net, a name that nobody has": ("refused 554", "domain accepted, name refused 550"),
        "Mail for jiro@example.net": ("refused 554", "accepted"),
    }
    assert [(change["path"], change["change"]) for change in outcome["files"]] == [
        ("dovecot/dovecot.conf", "changed"),
        ("postfix/main.cf", "changed"),
    ]
    assert outcome["reload"] == {"postfix": "reload", "dovecot": "reload"}
    assert everything(station) == before


def test_the_outsider_row_stands_in_every_plan(station: Station) -> None:
    outcome = station.console.perform("plan", station.console.edit("basics.message_size_limit", 0))
    relay = [row for row in outcome["behaviour"] if row["subject"] == "relay"]
    assert [(row["before"]["en"], row["after"]["en"], row["danger"]) for row in relay] == [
        ("refused 554", "refused 554", "none"),
        ("refused 530", "refused 530", "none"),
        ("refused 530", "refused 530", "none"),
    ]


@pytest.mark.parametrize(
    ("parameter", "value", "question", "answer"),
    [
        ("smtpd_helo_required", "yes", "SMTP: MAIL before EHLO", "503 5.5.1 Error: send HELO/EHLO first"),
        ("disable_vrfy_command", "no", "SMTP: VRFY", "252"),
        ("mail_name", "Letterbox", "SMTP, Submission, SMTPS: greeting", "220 mail.example.jp ESMTP Letterbox"),
        (
            "smtpd_discard_ehlo_keywords",
            "dsn, etrn, silent-discard",
            "SMTP, Submission, SMTPS: announced features",
            "—",
        ),
        ("strict_rfc821_envelopes", "yes", "SMTP: an address without brackets", "501 5.1.7 Bad sender address syntax"),
    ],
)
def test_an_override_that_no_option_stands_for_shows_its_effect(
    station: Station, parameter: str, value: str, question: str, answer: str
) -> None:
    outcome = station.console.perform("plan", override(station, parameter, value))
    assert outcome["outcome"] == "planned", station.story(outcome)
    found = [after for asked, (_, after) in rows(outcome).items() if asked == question or asked.startswith(question)]
    assert found, rows(outcome)
    assert found[0].startswith(answer)


def test_tls_and_auth_are_read_off_real_sessions(station: Station) -> None:
    outcome = station.console.perform(
        "plan",
        station.console.edit("basics.services.submission.tls", "opportunistic"),
        station.console.edit("basics.services.submission.plaintext_auth", True),
        station.console.edit("basics.services.imap.plaintext_auth", True),
    )
    assert outcome["outcome"] == "planned", station.story(outcome)
    found = rows(outcome)
    assert found["Submission: TLS"] == ("required", "offered")
    question = "Submission, IMAP: log-in without TLS"  # services that change alike share a row
    assert found[question] == ("not offered", "LOGIN, PLAIN")
    assert {row["question"]["en"]: row["danger"] for row in outcome["behaviour"]}[question] == "danger"


def test_a_moved_port_stops_here_and_answers_there(station: Station) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    outcome = station.console.perform("plan", station.console.edit("basics.services.submission.port", port))
    found = rows(outcome)
    assert found[f"Submission ({station.port('submission')})"] == ("answers", "stopped")
    assert found[f"Submission ({port})"] == ("stopped", "answers")
    assert outcome["cuts"]["en"] == "sessions of Submission"


def test_what_stands_against_an_apply_is_a_finding_of_the_plan(station: Station) -> None:
    before = everything(station)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        outcome = station.console.perform("plan", station.console.edit("basics.services.imap.port", port))
    assert outcome["outcome"] == "refused"
    assert [(each["code"], each["path"]) for each in outcome["findings"]] == [
        ("port-taken", "basics.services.imap.port")
    ]
    assert outcome["files"]
    assert everything(station) == before


def test_an_open_relay_is_refused_with_the_servers_own_reply(station: Station) -> None:
    """These files are accepted by Postfix and by the applier; only asking as a stranger shows what they do."""
    before = everything(station)
    for kind in ("plan", "apply"):
        outcome = station.console.perform(kind, override(station, "mynetworks", "198.51.100.0/24"))
        assert outcome["outcome"] == "refused", station.story(outcome)
        assert [(each["code"], each["path"]) for each in outcome["findings"]] == [
            ("open-relay", "basics.services.smtp")
        ]
        assert "250 2.1.5 Ok" in outcome["findings"][0]["message"]["ja"]
    assert everything(station) == before


def test_an_account_alone_is_planned_as_well(station: Station) -> None:
    outcome = station.console.perform("plan", Edit(("accounts", "shiro@example.jp"), None, ACCOUNT))
    assert outcome["outcome"] == "planned", station.story(outcome)
    assert rows(outcome) == {"Mail for shiro@example.jp": ("domain accepted, name refused 550", "accepted")}
    assert outcome["files"] == []
    assert outcome["reload"] == {"postfix": "none", "dovecot": "none"}


def test_many_accounts_at_once_are_judged_by_some(station: Station) -> None:
    edits = [Edit(("accounts", f"bulk{number}@example.jp"), None, ACCOUNT) for number in range(1000)]
    outcome = station.console.perform("plan", *edits)
    assert outcome["outcome"] == "planned", station.story(outcome)
    told = rows(outcome)
    assert "not asked about" in told.pop(f"More accounts: {1000 - ASKED}")
    assert set(told.values()) == {("domain accepted, name refused 550", "accepted")}
    assert len(told) == ASKED


def test_without_a_trial_the_plan_says_so(station: Station) -> None:
    run = station.console.submit("plan", station.console.edit("basics.message_size_limit", 0), try_=False)
    outcome = station.console.outcome(run)
    assert outcome["outcome"] == "planned"
    assert not outcome["tried"]
    assert outcome["not_tried"] == {"en": "No trial was asked for.", "ja": "試験起動は指定されていません。"}
    assert outcome["behaviour"] == []


def test_where_no_namespace_can_be_made_the_plan_says_so_and_an_apply_relies_on_its_probes(
    without_namespaces: Station,
) -> None:
    station = without_namespaces
    outcome = station.serve(Edit(("domains", "example.jp"), None, {}))
    assert not outcome["tried"]
    outcome = station.console.perform("plan", station.console.edit("basics.message_size_limit", 0))
    assert outcome["outcome"] == "planned", station.story(outcome)
    assert not outcome["tried"]
    assert "Not tried" in outcome["not_tried"]["en"]
    assert "試験起動していません" in outcome["not_tried"]["ja"]
    assert [change["path"] for change in outcome["files"]] == ["postfix/main.cf"]
    assert station.console.ask_agent("observe")["can_try"] is False
    # What a trial would have found is found by the probes, and undone.
    before = station.generation()
    outcome = station.console.apply(override(station, "mynetworks", "198.51.100.0/24"))
    assert outcome["outcome"] == "rolled_back", station.story(outcome)
    assert [each["code"] for each in outcome["findings"]] == ["open-relay"]
    assert station.size_limit() == "10485760"
    assert station.generation() == before


def test_an_address_that_this_machine_does_not_have_is_one_finding(station: Station) -> None:
    outcome = station.console.perform("plan", station.console.edit("basics.listen", ["192.0.2.77"]))
    assert [(each["code"], each["path"]) for each in outcome["findings"]] == [("address-missing", "basics.listen")]


def test_a_wildcard_address_answers_for_the_address_that_was_there(station: Station) -> None:
    outcome = station.console.perform("plan", station.console.edit("basics.listen", ["0.0.0.0", "::"]))
    assert outcome["outcome"] == "planned", station.story(outcome)
    assert len(rows(outcome)) == 2
    for (question, answers), address in zip(rows(outcome).items(), ("0.0.0.0", "::"), strict=True):
        assert question.startswith(f"{address}: SMTP ({station.port('smtp')}), Submission (")
        assert answers == ("stopped", "answers")


def test_a_new_home_can_be_planned(fresh: Station) -> None:
    outcome = fresh.console.perform("plan", Edit(("domains", "example.jp"), None, {}))
    assert outcome["outcome"] == "planned", fresh.story(outcome)
    found = rows(outcome)
    assert found[f"SMTP ({fresh.port('smtp')})"] == ("stopped", "answers")
    assert {change["change"] for change in outcome["files"]} == {"added"}
    assert not Path(fresh.home.current).exists()

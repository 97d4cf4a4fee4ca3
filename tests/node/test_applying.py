"""Applies on a real server: all of it or nothing, no more than needed, and every failure in words."""

from __future__ import annotations

import imaplib
import os
import signal
import socket
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from fumibako.channel.applier import ApplierChannel
from fumibako.schema.edit import Edit
from tests.node.station import ACCOUNT, Station


def outcomes_of_steps(outcome: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["outcome"] for step in outcome["steps"]}


def codes(outcome: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in outcome["findings"]]


def facts(station: Station) -> dict[str, Any]:
    """What an administrator would look at to see whether anything changed."""
    return {
        "generation": station.generation(),
        "revision": station.revision(),
        "size": station.size_limit(),
        "pop3": station.listens("pop3"),
        "hanako": station.knows("hanako@example.jp"),
        "journal": station.has_journal(),
    }


def pids(station: Station) -> tuple[int | None, int | None]:
    seen = ApplierChannel(station.home.applier_socket).observe()
    return seen.postfix.pid, seen.dovecot.pid


def new_account(name: str) -> Edit:
    return Edit(("accounts", f"{name}@example.jp"), None, ACCOUNT)


def test_an_account_is_usable_at_once_and_no_daemon_is_told(station: Station) -> None:
    before, reloads = pids(station), reload_count(station)
    outcome = station.console.apply(new_account("jiro"))
    assert station.knows("jiro@example.jp"), station.story(outcome)
    assert outcome["outcome"] == "applied"
    assert outcome["reload"] == {"postfix": "none", "dovecot": "none"}
    assert outcomes_of_steps(outcome) == {
        "check": "done",
        "ports": "skipped",
        "try": "skipped",
        "checkpoint": "done",
        "rows": "done",
        "install": "skipped",
        "reload": "skipped",
        "probe": "done",
        "finish": "done",
    }
    assert (pids(station), reload_count(station)) == (before, reloads)


def test_a_removed_account_is_not_known_any_longer(station: Station) -> None:
    station.console.apply(new_account("saburo"))
    outcome = station.console.apply(new_account("saburo").inverse())
    assert outcome["outcome"] == "applied", station.story(outcome)
    assert not station.knows("saburo@example.jp")
    assert station.knows("hanako@example.jp")


def test_a_domain_is_accepted_at_once_though_it_was_refused_before(station: Station) -> None:
    edits = [Edit(("domains", "example.net"), None, {}), Edit(("accounts", "a@example.net"), None, ACCOUNT)]
    for _ in range(3):  # several smtpd processes remember the refusal
        assert not station.knows("a@example.net")
    outcome = station.console.apply(*edits)
    assert outcome["outcome"] == "applied", station.story(outcome)
    assert outcome["reload"]["postfix"] == "reload"
    assert station.knows("a@example.net")
    outcome = station.console.apply(*[edit.inverse() for edit in reversed(edits)])
    assert outcome["outcome"] == "applied", station.story(outcome)
    assert not station.knows("a@example.net")


def test_an_option_is_tried_installed_and_in_force(station: Station) -> None:
    generation = station.generation()
    outcome = station.console.apply(station.console.edit("basics.message_size_limit", 30_000_000))
    assert outcome["outcome"] == "applied", station.story(outcome)
    assert set(outcomes_of_steps(outcome).values()) == {"done"}
    assert outcome["tried"]
    assert station.size_limit() == "30000000"
    assert station.generation() != generation
    assert outcome["reload"] == {"postfix": "reload", "dovecot": "none"}
    assert [change["path"] for change in outcome["files"]] == ["postfix/main.cf"]


def test_a_service_that_is_turned_off_does_not_listen_and_comes_back(station: Station) -> None:
    for enabled in (False, True):
        outcome = station.console.apply(station.console.edit("basics.services.pop3.enabled", enabled))
        assert outcome["outcome"] == "applied", station.story(outcome)
        assert station.listens("pop3") is enabled


def test_progress_ticks_over_while_the_run_goes_on(station: Station) -> None:
    run = station.console.submit("apply", station.console.edit("basics.message_size_limit", 31_000_000))
    station.console.outcome(run)
    seen = [steps for number, steps in station.console.progress if number == run]
    running = [step["name"] for steps in seen for step in steps if step["outcome"] == "running"]
    assert "try" in running
    assert [len(steps) for steps in seen] == sorted(len(steps) for steps in seen)


def test_a_port_that_another_program_holds_is_refused_by_name_and_nothing_changes(station: Station) -> None:
    before = facts(station)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        outcome = station.console.apply(station.console.edit("basics.services.submission.port", port))
    assert (outcome["outcome"], codes(outcome)) == ("refused", ["port-taken"]), station.story(outcome)
    finding = outcome["findings"][0]
    assert finding["path"] == "basics.services.submission.port"
    assert str(port) in finding["message"]["en"]
    assert str(port) in finding["message"]["ja"]
    assert outcomes_of_steps(outcome) == {"check": "done", "ports": "failed"}
    assert facts(station) == before


def test_a_locked_database_is_said_and_nothing_changes(station: Station) -> None:
    before = facts(station)
    with sqlite3.connect(str(station.home.lookup_db), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        run = station.console.submit("apply", new_account("shiro"))
        time.sleep(3.5)
        other.execute("ROLLBACK")
    outcome = station.console.outcome(run)
    assert (outcome["outcome"], codes(outcome)) == ("refused", ["database-locked"]), station.story(outcome)
    assert outcomes_of_steps(outcome)["checkpoint"] == "failed"
    assert facts(station) == before
    assert not station.knows("shiro@example.jp")


@pytest.mark.parametrize("daemon", ["postfix", "dovecot"])
def test_a_dead_daemon_is_running_again_after_an_apply(station: Station, daemon: str) -> None:
    seen = ApplierChannel(station.home.applier_socket).observe()
    pid = {"postfix": seen.postfix.pid, "dovecot": seen.dovecot.pid}[daemon]
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    limit = 32_000_000 if daemon == "postfix" else 33_000_000
    outcome = station.console.apply(station.console.edit("basics.message_size_limit", limit))
    assert outcome["outcome"] == "applied", station.story(outcome)
    assert station.size_limit() == str(limit)
    assert station.listens("imap")


def test_a_file_changed_by_hand_is_named_kept_and_written_anew(station: Station) -> None:
    file = Path(station.home.postfix) / "main.cf"
    file.write_text(file.read_text() + "\n# by hand\n")
    assert station.console.ask_agent("observe")["drift"] == ["postfix/main.cf"]
    outcome = station.console.apply(new_account("goro"))
    assert (outcome["outcome"], codes(outcome)) == ("applied", ["drift"]), station.story(outcome)
    assert "# by hand" in (Path(station.home.postfix) / "main.cf").read_text()
    generation = station.generation()
    outcome = station.console.apply(station.console.edit("basics.message_size_limit", 34_000_000))
    assert (outcome["outcome"], codes(outcome)) == ("applied", ["drift"]), station.story(outcome)
    (finding,) = outcome["findings"]
    assert (finding["path"], finding["severity"]) == ("postfix/main.cf", "warning")
    assert "# by hand" not in (Path(station.home.postfix) / "main.cf").read_text()
    assert "+# by hand" in (station.root / f"node/drift-{generation}-postfix-main.cf.diff").read_text()
    assert station.console.ask_agent("observe")["drift"] == []


def test_a_mistake_of_the_agents_own_ends_the_run_and_not_the_agent(station: Station) -> None:
    """Settings that no console would send: it does not do them again and again, and says whose fault it is."""
    before, pid = facts(station), station.agent.process
    for kind in ("plan", "apply"):
        outcome = station.console.perform(kind, station.console.edit("basics.message_size_limit", "much"))
        assert (outcome["outcome"], codes(outcome)) == ("refused", ["agent-error"])
    assert (facts(station), station.agent.process) == (before, pid)


def test_an_unrelated_change_cuts_no_session(station: Station) -> None:
    imap = imaplib.IMAP4("127.0.0.1", station.port("imap"), timeout=10)
    with imap, station.connect("smtp") as smtp:
        smtp.ehlo()
        smtp.mail("a@example.org")
        outcome = station.console.apply(
            station.console.edit("basics.message_size_limit", 35_000_000),
            station.console.edit("basics.services.pop3s.enabled", False),
        )
        assert outcome["outcome"] == "applied", station.story(outcome)
        assert outcome["reload"] == {"postfix": "reload", "dovecot": "reload"}
        assert outcome["cuts"] is None
        assert smtp.rcpt("hanako@example.jp")[0] == 250
        assert smtp.data(b"Subject: x\r\n\r\nx\r\n")[0] == 250
        assert imap.noop()[0] == "OK"
    station.console.apply(station.console.edit("basics.services.pop3s.enabled", True))


def test_mail_sent_through_many_applies_is_neither_refused_nor_lost(station: Station) -> None:
    sent = 0
    before = station.mails("hanako@example.jp")
    for limit in (40_000_000, 41_000_000, 42_000_000):
        run = station.console.submit("apply", station.console.edit("basics.message_size_limit", limit))
        while not [number for number, _ in station.console.outcomes if number == run]:
            with station.connect("smtp") as line:
                line.sendmail("a@example.org", ["hanako@example.jp"], b"Subject: x\r\n\r\nx\r\n")
                sent += 1
        assert station.console.outcome(run)["outcome"] == "applied"
    deadline = time.monotonic() + 20
    while station.mails("hanako@example.jp") < before + sent and time.monotonic() < deadline:
        time.sleep(0.2)
    assert station.mails("hanako@example.jp") == before + sent
    assert sent > 10


def reload_count(station: Station) -> int:
    return Path(station.home.postfix_log).read_text().count("reload -- version")

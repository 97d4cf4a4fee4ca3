"""SIGKILL between any two steps: in the end the run is finished or undone, and no mail was refused or lost."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fumibako.node import crash
from fumibako.node.crash import MARK
from fumibako.plan.apply import APPLY, POINT_OF_NO_RETURN
from fumibako.schema.edit import Edit
from tests.node.station import ACCOUNT, Station

POINTS = [f"{step.name}:{when}" for step in APPLY for when in ("before", "after")]
KILLS = [(point, "both") for point in POINTS] + [
    (f"{step}:before", "agent") for step in ("try", "rows", "install", "finish")
]
WITHIN = 15.0  # five on a machine that does nothing else


class Sender:
    """Sends to hanako without pause, each message with a subject of its own. A connection that is not to be had, or
    breaks, is tried again, as every mail server does; a refusal is remembered."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self.sent: set[str] = set()
        self.refused: list[str] = []

    def __enter__(self) -> Sender:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def _send(self) -> None:
        while not self._stop.is_set():
            subject = uuid.uuid4().hex
            try:
                with self._station.connect("smtp") as line:
                    line.sendmail("a@example.org", ["hanako@example.jp"], f"Subject: {subject}\r\n\r\nx\r\n".encode())
                self.sent.add(subject)
            except smtplib.SMTPRecipientsRefused as error:
                self._remember(next(iter(error.recipients.values())))
            except smtplib.SMTPResponseException as error:
                self._remember((error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""))
            except (OSError, smtplib.SMTPException):
                pass
            time.sleep(0.2)

    def _remember(self, reply: tuple[int, bytes]) -> None:
        if reply[0] >= 500:
            self.refused.append(f"{reply[0]} {reply[1]!r}")


def facts(station: Station) -> dict[str, Any]:
    """What is true on the wire and on the disk, whole states only."""
    return {
        "revision": station.revision(),
        "generation": station.generation(),
        "size": station.size_limit(),
        "pop3": station.listens("pop3"),
        "jiro": station.knows("jiro@example.net"),
        "taro": station.knows("taro@example.jp"),
        "hanako": station.knows("hanako@example.jp"),
    }


def edits(station: Station) -> list[Edit]:
    """Something of everything: an option of each daemon, rows that come and rows that go."""
    return [
        station.console.edit("basics.message_size_limit", 20_000_000),
        station.console.edit("basics.services.pop3.enabled", False),
        Edit(("domains", "example.net"), None, {}),
        Edit(("accounts", "jiro@example.net"), None, ACCOUNT),
        Edit(("accounts", "taro@example.jp"), ACCOUNT, None),
    ]


@contextmanager
def stopped_at(station: Station, point: str) -> Iterator[None]:
    """The agent stops itself at the point, and the next agent does not."""
    mark = station.root / "node" / MARK
    mark.unlink(missing_ok=True)
    station.agent.environment = {"FUMIBAKO_CRASH": point}
    restart_agent(station)
    station.agent.environment = {}
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def restart_agent(station: Station) -> None:
    before = station.agent.process
    station.agent.kill()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if station.agent.process is not before and station.console.ask_agent("observe")["ok"]:
                return
        except OSError:
            pass
        time.sleep(0.02)
    raise AssertionError("the agent did not come back")


def wait_for_stop(station: Station) -> None:
    mark = station.root / "node" / MARK
    deadline = time.monotonic() + 20
    while not mark.exists():
        assert time.monotonic() < deadline, station.console.progress[-1:]
        time.sleep(0.01)
    # The mark comes first: a SIGCONT that is sent between it and the SIGSTOP would be lost.
    assert station.agent.process is not None
    status = Path(f"/proc/{station.agent.process.pid}/status")
    while "State:\tT" not in status.read_text():
        assert time.monotonic() < deadline, status.read_text()
        time.sleep(0.01)


@pytest.mark.parametrize(("point", "killed"), KILLS)
def test_a_kill_between_two_steps_leaves_a_whole_server(station: Station, point: str, killed: str) -> None:
    before = facts(station)
    with Sender(station) as sender:
        with stopped_at(station, point):
            run = station.console.submit("apply", *edits(station))
            wait_for_stop(station)
            if killed == "both":
                station.applier.kill()
            station.agent.kill()
            started = time.monotonic()
            outcome = station.console.outcome(run)
            assert time.monotonic() - started < WITHIN
        finished = outcome["outcome"] == "applied"
        assert finished == point.startswith(POINT_OF_NO_RETURN), station.story(outcome)
        after = facts(station)
        if finished:
            put_back(station)
        else:
            assert after == before, station.story(outcome)
            assert [finding["code"] for finding in outcome["findings"]] == ["interrupted"]
    assert sender.refused == []
    assert sender.sent
    assert_delivered(station, sender.sent)
    assert not station.has_journal()


@pytest.mark.parametrize("point", [f"{step.name}:before" for step in APPLY])
def test_a_killed_applier_is_asked_again(station: Station, point: str) -> None:
    """It is back in a moment; the run goes on, or is undone where it cannot."""
    before = facts(station)
    with Sender(station) as sender, stopped_at(station, point):
        run = station.console.submit("apply", *edits(station))
        wait_for_stop(station)
        station.applier.kill()
        assert station.agent.process is not None
        os.kill(station.agent.process.pid, signal.SIGCONT)
        outcome = station.console.outcome(run)
        assert outcome["outcome"] == "applied", station.story(outcome)
        assert facts(station) == {
            **before,
            "revision": station.console.revision,
            "generation": station.generation(),
            "size": "20000000",
            "pop3": False,
            "jiro": True,
            "taro": False,
        }
        put_back(station)
    assert sender.refused == []


def test_a_console_that_is_away_gets_the_outcome_when_it_is_back(station: Station) -> None:
    run = station.console.submit("apply", station.console.edit("basics.message_size_limit", 21_000_000))
    deadline = time.monotonic() + 10
    while not [number for number, _ in station.console.progress if number == run]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    station.console.away = True
    while station.size_limit() != "21000000":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    restart_agent(station)
    station.console.away = False
    outcome = station.console.outcome(run)
    assert outcome["outcome"] in ("applied", "rolled_back"), station.story(outcome)
    assert station.console.revision == station.revision()


def put_back(station: Station) -> None:
    outcome = station.console.apply(
        station.console.edit("basics.message_size_limit", 10_485_760),
        station.console.edit("basics.services.pop3.enabled", True),
        Edit(("accounts", "jiro@example.net"), ACCOUNT, None),
        Edit(("domains", "example.net"), {}, None),
        Edit(("accounts", "taro@example.jp"), None, ACCOUNT),
    )
    assert outcome["outcome"] == "applied", station.story(outcome)


def assert_delivered(station: Station, sent: set[str]) -> None:
    """What was accepted is there. A message that Dovecot's reload interrupted waits in the queue; it is asked for now.
    One whose acceptance the client did not hear may be there as well."""
    subprocess.run(["postqueue", "-c", str(station.home.postfix), "-f"], check=True)
    deadline = time.monotonic() + 20
    while not sent <= station.subjects("hanako@example.jp") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sent - station.subjects("hanako@example.jp") == set()


def test_the_crash_hook_does_nothing_unless_it_is_asked_to(tmp_path: Path) -> None:
    crash.point(tmp_path, "install:before")
    assert not (tmp_path / MARK).exists()

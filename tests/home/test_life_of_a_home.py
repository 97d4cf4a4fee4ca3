"""Up, down, and everything that can happen to a home in between."""

from __future__ import annotations

import os
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fumibako.home.processes import Process, processes_of, wait_for_end
from tests.homes import PASSWORD, TestedHome, new_home

SERVICES = ["smtp", "submission", "smtps", "pop3", "pop3s", "imap", "imaps"]


def listens(port: int) -> bool:
    with socket.socket() as attempt:
        attempt.settimeout(2)
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def listening(home: TestedHome) -> set[str]:
    return {name for name in [*SERVICES, "console"] if listens(home.port(name))}


def until(true: Callable[[], object], seconds: float) -> float:
    """Wait until it is true; how long that took. Fails when it does not come true in time."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, "it did not come true"
        time.sleep(0.05)
    return time.monotonic() - begun


def kill_all(processes: list[Process]) -> None:
    assert processes
    # Those first that start others again.
    order = {"supervisor": 0, "applier": 1}
    for process in sorted(processes, key=lambda process: order.get(process.kind, 2)):
        process.signal(signal.SIGKILL)
    assert wait_for_end(processes, 5) == []


@pytest.fixture(scope="module")
def lasting_home() -> Iterator[TestedHome]:
    with new_home() as home:
        yield home


@pytest.fixture
def stopped_home(lasting_home: TestedHome) -> TestedHome:
    """A home that one test leaves to the next, each time without a process."""
    lasting_home.down()
    return lasting_home


def test_up_brings_every_service_and_down_leaves_nothing(a_home: TestedHome) -> None:
    before = a_home.cli("status", "--json")
    assert before.exit == 4
    assert before.json["running"] is False
    begun = time.monotonic()
    up = a_home.up()
    assert time.monotonic() - begun < 30
    assert up.json == {"console": f"https://127.0.0.1:{a_home.port('console')}/", "outcome": "up", "findings": []}
    assert listening(a_home) == {*SERVICES, "console"}

    status = a_home.cli("status", "--json")
    assert status.exit == 0
    told = status.json
    assert told["revision"] == told["applied"] == 1
    assert told["console"] == {"url": f"https://127.0.0.1:{a_home.port('console')}/", "answers": True}
    assert told["queue"] == 0
    assert told["drift"] == []
    assert list(told["services"]) == SERVICES
    for name in SERVICES:
        address = f"127.0.0.1:{a_home.port(name)}"
        assert told["services"][name] == {"address": address, "enabled": True, "answers": True}
    states = {process["name"]: process["state"] for process in told["processes"]}
    assert states == dict.fromkeys(["applier", "filter", "node", "console", "postfix", "dovecot"], "running")
    assert 20_000_000 < told["memory"] < 300_000_000

    assert a_home.down().json == {"outcome": "stopped"}
    assert listening(a_home) == set()
    assert a_home.down().json == {"outcome": "unchanged"}


def test_up_when_it_is_up_says_so(running_home: TestedHome) -> None:
    before = {
        process.pid for process in processes_of(running_home.layout) if process.kind not in {"postfix", "dovecot"}
    }
    again = running_home.cli("up", "--detach")
    assert again.exit == 0
    assert "up already" in again.stderr
    foreground = running_home.cli("up", language="ja_JP.UTF-8")
    assert foreground.exit == 0
    assert "すでに起動しています" in foreground.stderr
    assert before == {
        process.pid for process in processes_of(running_home.layout) if process.kind not in {"postfix", "dovecot"}
    }


def test_homes_side_by_side_do_not_touch_each_other(a_home: TestedHome, running_home: TestedHome) -> None:
    a_home.up()
    others = {process.pid for process in processes_of(a_home.layout)}
    assert others.isdisjoint(process.pid for process in processes_of(running_home.layout))
    masters = {process.pid for process in processes_of(running_home.layout) if process.leads}
    kill_all(processes_of(a_home.layout))
    a_home.up()
    a_home.down()
    assert listening(running_home) == {*SERVICES, "console"}
    assert {process.pid for process in processes_of(running_home.layout) if process.leads} == masters


def test_after_everything_was_killed_up_comes_back_with_its_mail(stopped_home: TestedHome) -> None:
    stopped_home.up()
    stopped_home.add_account("hanako@example.jp")
    before = stopped_home.status()
    kill_all(processes_of(stopped_home.layout))
    if begun_meanwhile := processes_of(stopped_home.layout):  # by one that was killed a moment later
        kill_all(begun_meanwhile)
    assert listening(stopped_home) == set()
    assert stopped_home.cli("status", "--json").exit == 4
    stopped_home.up()
    told = stopped_home.status()
    assert told["revision"] == told["applied"] == before["revision"]
    with smtplib.SMTP("127.0.0.1", stopped_home.port("submission"), timeout=10) as client:
        client.starttls(context=ssl._create_unverified_context())
        client.login("hanako@example.jp", PASSWORD)


def test_a_pid_file_that_names_somebody_else_by_now_is_no_obstacle(stopped_home: TestedHome) -> None:
    """As after a reboot: Dovecot would believe that it runs already, and nobody may be killed for it."""
    stopped_home.up()
    kill_all(processes_of(stopped_home.layout))
    with subprocess.Popen(["sleep", "60"]) as somebody:
        try:
            for name in ("server/dovecot/master.pid", "server/queue/pid/master.pid", "run/supervisord.pid"):
                (stopped_home.root / name).write_text(f"{somebody.pid}\n")
            stopped_home.up()
            assert stopped_home.cli("status").exit == 0
            stopped_home.down()
            assert somebody.poll() is None
        finally:
            somebody.kill()


def test_a_supervisor_that_was_killed_is_replaced_without_a_pause_in_mail(stopped_home: TestedHome) -> None:
    stopped_home.up()
    masters = {process.pid for process in processes_of(stopped_home.layout) if process.leads}
    kill_all(stopped_home.of_kind("supervisor"))
    with smtplib.SMTP("127.0.0.1", stopped_home.port("smtp"), timeout=10) as client:
        stopped_home.up()
        assert client.noop()[0] == 250
    assert {process.pid for process in processes_of(stopped_home.layout) if process.leads} == masters
    assert (
        len(stopped_home.of_kind("applier"))
        == len(stopped_home.of_kind("node"))
        == len(stopped_home.of_kind("supervisor"))
        == 1
    )


def test_masters_that_were_killed_alone_leave_no_orphans_in_the_way(stopped_home: TestedHome) -> None:
    stopped_home.up()
    kill_all(stopped_home.of_kind("supervisor", "applier", "filter", "node", "console"))
    kill_all([process for process in processes_of(stopped_home.layout) if process.leads])
    stopped_home.up()
    assert stopped_home.cli("status").exit == 0


@pytest.mark.parametrize("kind", ["applier", "filter", "node", "console"])
def test_a_process_that_was_killed_is_back_within_seconds_and_counted(running_home: TestedHome, kind: str) -> None:
    def row() -> dict[str, object]:
        return next(row for row in running_home.status()["processes"] if row["name"] == kind)

    before = row()
    kill_all(running_home.of_kind(kind))
    until(lambda: [process for process in running_home.of_kind(kind) if process.pid != before["pid"]], 3)
    until(lambda: running_home.cli("status").exit == 0, 20)
    after = row()
    assert after["pid"] != before["pid"]
    assert after["restarts"] == int(str(before["restarts"])) + 1
    assert after["crash_loop"] is False


def test_postfix_and_dovecot_that_died_are_started_again(running_home: TestedHome) -> None:
    kill_all([process for process in processes_of(running_home.layout) if process.leads])
    until(lambda: running_home.cli("status").exit == 0, 20)


def test_a_crash_loop_is_told_and_ends_when_its_cause_does(stopped_home: TestedHome) -> None:
    stopped_home.up()
    key = stopped_home.root / "console/secret.key"
    good = key.read_bytes()
    key.write_bytes(b"cut short")
    kill_all(stopped_home.of_kind("console"))

    def console() -> dict[str, object]:
        return next(row for row in stopped_home.status()["processes"] if row["name"] == "console")

    until(lambda: console()["crash_loop"], 30)
    status = stopped_home.cli("status")
    assert status.exit == 4
    assert "crash loop" in status.stdout
    assert "異常終了を繰り返しています" in stopped_home.cli("status", language="ja_JP.UTF-8").stdout
    # Mail does not wait for the console, and what is known is told.
    assert set(SERVICES) <= listening(stopped_home)
    assert all(service["answers"] for service in stopped_home.status()["services"].values())
    key.write_bytes(good)
    until(lambda: stopped_home.status()["console"]["answers"], 20)


def test_down_in_the_middle_of_a_crash_loop_leaves_nothing(stopped_home: TestedHome) -> None:
    key = stopped_home.root / "console/secret.key"
    good = key.read_bytes()
    key.write_bytes(b"cut short")
    argv = [str(Path(sys.executable).with_name("fumibako")), "--home", str(stopped_home.root), "up", "--detach"]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) as up:
        until(lambda: stopped_home.of_kind("supervisor"), 20)
        time.sleep(2)
        stopped_home.down()
        assert up.wait(timeout=30) != 0
    time.sleep(1.5)
    assert processes_of(stopped_home.layout) == []
    key.write_bytes(good)


def _hearing_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def in_foreground(home: TestedHome) -> Iterator[subprocess.Popen[str]]:
    argv = [str(Path(sys.executable).with_name("fumibako")), "--home", str(home.root), "up"]
    # Tests that run in the background ignore Ctrl-C, and so would what they start.
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_hearing_interrupts
    ) as up:
        try:
            yield up
        finally:
            up.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_in_the_foreground_ends_everything_when_it_is_ended(
    stopped_home: TestedHome, number: signal.Signals
) -> None:
    with in_foreground(stopped_home) as up:
        assert up.stdout is not None
        assert up.stdout.readline() == f"Console: https://127.0.0.1:{stopped_home.port('console')}/\n"
        assert listening(stopped_home) == {*SERVICES, "console"}
        up.send_signal(number)
        assert up.wait(timeout=15) == 0
    assert processes_of(stopped_home.layout) == []
    assert listening(stopped_home) == set()


def test_up_in_the_foreground_ends_when_somebody_says_down(stopped_home: TestedHome) -> None:
    with in_foreground(stopped_home) as up:
        assert up.stdout is not None
        up.stdout.readline()
        stopped_home.down()
        assert up.wait(timeout=10) == 0


def test_a_port_that_was_taken_meanwhile_is_named(a_home: TestedHome) -> None:
    with socket.create_server(("127.0.0.1", a_home.port("imap"))):
        begun = time.monotonic()
        refused = a_home.cli("up", "--detach", "--json")
        assert refused.exit == 1
        assert time.monotonic() - begun < 60
        assert str(a_home.port("imap")) in refused.stderr
        assert a_home.cli("status").exit == 1
    a_home.down()
    a_home.up()


def test_a_console_port_that_was_taken_is_named_at_once(stopped_home: TestedHome) -> None:
    with socket.create_server(("127.0.0.1", stopped_home.port("console"))):
        refused = stopped_home.cli("up", "--detach", "--json")
        assert (refused.exit, refused.codes) == (1, ["console-port"])
        assert str(stopped_home.port("console")) in refused.stderr
        assert processes_of(stopped_home.layout) == []
    stopped_home.up()


def test_a_directory_that_was_lost_is_made_again(stopped_home: TestedHome) -> None:
    for name in ("run", "log"):
        shutil.rmtree(stopped_home.root / name)
    stopped_home.up()
    assert (stopped_home.root / "run").stat().st_mode & 0o7777 == 0o3770


def test_a_link_in_the_place_of_a_directory_is_not_followed(a_home: TestedHome) -> None:
    """The console's user could leave one there, and `up` is root."""
    target = a_home.root.parent / "target"
    target.mkdir(mode=0o755)
    tls = a_home.root / "console/tls"
    tls.rename(a_home.root / "console/tls.old")
    tls.symlink_to(target)
    before = target.stat()
    a_home.cli("up", "--detach")
    after = target.stat()
    assert (before.st_uid, before.st_mode) == (after.st_uid, after.st_mode)


def test_logs_stay_small(stopped_home: TestedHome) -> None:
    stopped_home.up()
    configuration = (stopped_home.root / "run/supervisord.conf").read_text()
    assert configuration.count("maxbytes = ") == configuration.count("backups = ") == 5
    assert os.stat(stopped_home.root / "log/console.log").st_size < 100_000


def test_stopped_home_of_an_older_release_gets_what_is_new_in_the_database(stopped_home: TestedHome) -> None:
    stopped_home.up()
    stopped_home.add_account("old@example.jp")
    stopped_home.down()
    owner = (stopped_home.root / "console/fumibako.db").stat()
    older = "import django; django.setup(); from django.core.management import call_command as call; call('migrate', 'store', '0010')"
    environment = {"FUMIBAKO_HOME": str(stopped_home.root), "DJANGO_SETTINGS_MODULE": "fumibako.console.settings"}
    subprocess.run(
        [sys.executable, "-c", older],
        env={**os.environ, **environment},
        user=owner.st_uid,
        group=owner.st_gid,
        check=True,
        cwd="/",
    )
    stopped_home.up()
    rows = stopped_home.cli("account", "list", "--json").json["accounts"]
    assert "old@example.jp" in [row["address"] for row in rows]
    assert stopped_home.apply("fumibako: 1\ndomains: {example.net: {}}\n").json["outcome"] == "applied"

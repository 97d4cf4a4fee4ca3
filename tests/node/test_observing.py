"""What `observe` says, measured when asked."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from fumibako.channel.applier import ApplierChannel
from fumibako.home.processes import memory_of
from fumibako.wire.frames import encode
from tests.node.station import Station


def test_every_service_is_there_with_its_address_and_whether_it_answers(station: Station) -> None:
    seen = station.console.ask_agent("observe")
    assert list(seen["services"]) == ["smtp", "submission", "smtps", "pop3", "pop3s", "imap", "imaps"]
    for name, service in seen["services"].items():
        assert service == {"address": f"127.0.0.1:{station.port(name)}", "enabled": True, "answers": True}
    assert (seen["revision"], seen["generation"], seen["queue"], seen["drift"], seen["run"]) == (1, 1, 0, [], None)
    assert seen["postfix"]["running"]
    assert seen["dovecot"]["running"]
    assert seen["can_try"] is True


def test_the_certificate_and_the_room_on_the_disk_are_told(station: Station) -> None:
    seen = station.console.ask_agent("observe")
    assert seen["certificate"].startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in seen["certificate"]
    assert 0 < seen["disk"]["free"] < seen["disk"]["total"]


def test_a_generation_is_never_named_without_its_services(fresh: Station) -> None:
    """Whoever waits for a new home to serve would take no services for all of them."""
    run = fresh.console.submit("apply")
    named = 0
    while not [number for number, _ in fresh.console.outcomes if number == run]:
        seen = fresh.console.ask_agent("observe")
        assert (seen["generation"] is None) == (seen["services"] == {})
        named += seen["generation"] is not None
    assert fresh.console.outcome(run)["outcome"] == "applied"
    assert named


def test_a_stopped_daemon_does_not_answer_and_nobody_waits_for_it_for_long(station: Station) -> None:
    ApplierChannel(station.home.applier_socket).stop()
    started = time.monotonic()
    seen = station.console.ask_agent("observe")
    assert time.monotonic() - started < 8.0
    assert {service["answers"] for service in seen["services"].values()} == {False}
    ApplierChannel(station.home.applier_socket).start()
    assert station.console.ask_agent("observe")["services"]["imaps"]["answers"]


def test_a_daemon_that_hangs_is_no_answer(station: Station) -> None:
    pid = ApplierChannel(station.home.applier_socket).observe().dovecot.pid
    assert pid is not None
    logins = subprocess.run(["pgrep", "-g", str(os.getpgid(pid))], capture_output=True, text=True, check=True)
    pids = [int(word) for word in logins.stdout.split()]
    for each in pids:
        os.kill(each, signal.SIGSTOP)
    try:
        started = time.monotonic()
        seen = station.console.ask_agent("observe")
        assert time.monotonic() - started < 8.0
        assert not seen["services"]["imap"]["answers"]
        assert seen["services"]["smtp"]["answers"]
    finally:
        for each in pids:
            os.kill(each, signal.SIGCONT)


def test_without_the_applier_the_services_are_still_measured(station: Station) -> None:
    assert station.applier.process is not None
    os.kill(station.applier.process.pid, signal.SIGSTOP)
    try:
        seen = station.console.ask_agent("observe")
    finally:
        os.kill(station.applier.process.pid, signal.SIGCONT)
    assert seen["services"]["smtp"]["answers"]
    assert seen["postfix"] is None


def test_an_unknown_verb_is_refused(station: Station) -> None:
    assert station.console.ask_agent("install")["code"] == "verb"


@pytest.mark.parametrize("raw", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x05hello", encode({"verb": []})])
def test_nonsense_does_not_stop_the_agent(station: Station, raw: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(station.home.node_socket))
        line.sendall(raw)
        line.shutdown(socket.SHUT_WR)
        line.settimeout(5)
        line.recv(1000)
    assert station.console.ask_agent("observe")["ok"]


def test_a_stranger_on_this_machine_learns_nothing(station: Station) -> None:
    """Even where the file's mode would let it in."""
    socket_path = station.root / "run/node.sock"
    mode, run = socket_path.stat().st_mode, socket_path.parent.stat().st_mode
    socket_path.chmod(0o777)
    socket_path.parent.chmod(0o755)
    try:
        script = (
            "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
            's.sendall(bytes([0,0,0,18])+b\'{"verb":"observe"}\'); sys.exit(len(s.recv(9)))'
        )
        asked = [sys.executable, "-c", script, str(socket_path)]
        assert subprocess.run(asked, user="nobody", group="nogroup", check=False, cwd="/").returncode in (0, 1)
        assert subprocess.run(asked, user="root", check=False, cwd="/").returncode == 9
    finally:
        socket_path.chmod(mode)
        socket_path.parent.chmod(run)


def test_the_agent_is_small(station: Station) -> None:
    station.console.perform("plan", station.console.edit("basics.message_size_limit", 0))
    assert station.agent.process is not None
    assert memory_of(station.agent.process.pid) < 45 * 1024 * 1024

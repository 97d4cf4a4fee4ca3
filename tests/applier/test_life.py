"""Postfix and Dovecot under the applier's hand: installed in one step, reloaded until it is so, kept alive, left alive."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fumibako.applier.daemons import Dovecot, Postfix
from fumibako.channel.applier import ApplierError, ApplierRefused
from tests.applier.conftest import Rig, eventually


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            return bool(line.recv(100))
    except OSError:
        return False


def _all_answer(rig: Rig) -> bool:
    return _answers(rig.ports.smtp) and _answers(rig.ports.imap)


def test_mail_runs_after_start_and_not_after_stop(serving: Rig) -> None:
    assert _all_answer(serving)
    seen = serving.channel.observe()
    assert seen.postfix.wanted
    assert seen.postfix.running
    assert seen.dovecot.running
    expected = {f"127.0.0.1:{port}" for port in (serving.ports.smtp, serving.ports.submission, serving.ports.smtps)}
    assert set(seen.listening) == expected | {f"127.0.0.1:{serving.ports.imap}", f"127.0.0.1:{serving.ports.pop3}"}
    assert (seen.versions.postfix, seen.versions.dovecot) != ("", "")
    serving.channel.stop()
    assert not _answers(serving.ports.smtp)
    assert serving.channel.observe().listening == ()
    time.sleep(1)  # the keeper must not think that it died
    assert not serving.channel.observe().postfix.running


def test_a_removed_listener_is_gone_and_a_new_one_there_when_reload_answers(serving: Rig) -> None:
    serving.channel.write(2, serving.files(without=("smtps",)))
    serving.channel.install(2, expect=1)
    without = serving.channel.reload(postfix="reload", dovecot="reload")
    assert f"127.0.0.1:{serving.ports.smtps}" not in without.listening
    assert not _answers(serving.ports.smtps)
    serving.channel.install(1, expect=2)
    again = serving.channel.reload(postfix="reload")
    assert f"127.0.0.1:{serving.ports.smtps}" in again.listening


def test_a_reload_that_changes_no_listener_is_in_force_when_it_answers(serving: Rig) -> None:
    serving.channel.write(2, serving.files(more={"mail_name": "Second"}))
    serving.channel.install(2, expect=1)
    serving.channel.reload(postfix="reload")
    with socket.create_connection(("127.0.0.1", serving.ports.smtp)) as line:
        assert line.recv(100) == b"220 mail.example.test ESMTP Second\r\n"


def test_a_live_imap_session_survives_a_reload_of_both(serving: Rig) -> None:
    with socket.create_connection(("127.0.0.1", serving.ports.imap), timeout=10) as line:
        line.recv(1000)
        line.sendall(b"a login hanako@example.test secret\r\n")
        assert b"a OK" in line.recv(1000)
        serving.channel.reload(postfix="reload", dovecot="reload")
        line.sendall(b"b noop\r\n")
        assert b"b OK" in line.recv(1000)


def test_a_port_goes_over_from_postfix_to_dovecot_in_one_reload(serving: Rig) -> None:
    files = serving.files(without=("smtps",))
    files["dovecot/dovecot.conf"] = files["dovecot/dovecot.conf"].replace(
        f"port = {serving.ports.imap}", f"port = {serving.ports.smtps}"
    )
    serving.channel.write(2, files)
    assert serving.channel.ports(2).taken == ()
    serving.channel.install(2, expect=1)
    serving.channel.reload(postfix="reload", dovecot="reload")
    with socket.create_connection(("127.0.0.1", serving.ports.smtps)) as line:
        assert line.recv(100).startswith(b"* OK")


def test_a_taken_port_is_seen_before_anything_changes(idle: Rig) -> None:
    idle.channel.write(1, idle.files())
    assert idle.channel.ports(1).taken == ()
    with socket.create_server(("127.0.0.1", idle.ports.smtp)), socket.create_server(("0.0.0.0", idle.ports.imap)):
        taken = idle.channel.ports(1).taken
    assert {(one.address, one.port, one.reason) for one in taken} == {
        ("127.0.0.1", idle.ports.smtp, "in_use"),
        ("127.0.0.1", idle.ports.imap, "in_use"),
    }
    assert all(f"(pid {os.getpid()})" in one.program for one in taken)


def test_what_our_own_masters_hold_is_not_taken(serving: Rig) -> None:
    assert serving.channel.ports(1).taken == ()


def test_a_postfix_that_dies_of_its_reload_is_an_error_with_its_line(serving: Rig) -> None:
    serving.channel.write(2, serving.files(without=("smtps",)))
    serving.channel.install(2, expect=1)
    serving.channel.reload(postfix="reload")
    with socket.create_server(("127.0.0.1", serving.ports.smtps)):
        serving.channel.install(1, expect=2)
        with pytest.raises(ApplierRefused) as refused:
            serving.channel.reload(postfix="reload")
        assert refused.value.code == "died"
        assert "Address already in use" in refused.value.detail
        # The agent goes back, and everything is as it was.
        serving.channel.install(2, expect=1)
        serving.channel.reload(postfix="start")
        assert _answers(serving.ports.smtp)


def test_a_dovecot_without_one_of_its_listeners_is_an_error(serving: Rig) -> None:
    files = serving.files()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        files["dovecot/dovecot.conf"] = files["dovecot/dovecot.conf"].replace(
            f"port = {serving.ports.pop3}", f"port = {port}"
        )
        serving.channel.write(2, files)
        serving.channel.install(2, expect=1)
        with pytest.raises(ApplierRefused) as refused:
            serving.channel.reload(dovecot="reload")
        assert refused.value.code == "listeners"
        assert f"127.0.0.1:{port}" in refused.value.en


def test_nothing_is_installed_when_something_else_serves_than_was_thought(serving: Rig) -> None:
    serving.channel.write(2, serving.files(more={"mail_name": "Second"}))
    for expect in (None, 2, 7):
        with pytest.raises(ApplierRefused) as refused:
            serving.channel.install(2, expect)
        assert refused.value.code == "moved"
    with pytest.raises(ApplierRefused) as refused:
        serving.channel.install(9, 1)
    assert refused.value.code == "no_generation"
    assert serving.channel.observe().serving == 1


def test_another_content_under_the_same_number_is_refused_the_same_is_well(idle: Rig) -> None:
    assert not idle.channel.write(1, idle.files()).unchanged
    assert idle.channel.write(1, idle.files()).unchanged
    with pytest.raises(ApplierRefused) as refused:
        idle.channel.write(1, idle.files(more={"mail_name": "Second"}))
    assert refused.value.code == "generation_exists"


def test_a_change_by_hand_is_seen_and_neither_tried_nor_installed_until_written_again(serving: Rig) -> None:
    main = serving.root / "generations/1/postfix/main.cf"
    main.write_text(main.read_text().replace("message_size_limit = 10485760", "message_size_limit = 7"))
    (serving.root / "generations/1/postfix/extra.cf").write_text("x\n")
    (serving.root / "generations/1/dovecot/dovecot.conf").chmod(0o666)
    seen = {one.path: one.diff for one in serving.channel.observe().drift}
    assert set(seen) == {"postfix/main.cf", "postfix/extra.cf", "dovecot/dovecot.conf"}
    assert "-message_size_limit = 10485760\n+message_size_limit = 7\n" in seen["postfix/main.cf"]
    assert "0666" in seen["dovecot/dovecot.conf"]
    for verb in (
        lambda: serving.channel.try_(1),
        lambda: serving.channel.install(1, 1),
        lambda: serving.channel.check(1),
    ):
        with pytest.raises(ApplierRefused) as refused:
            verb()
        assert refused.value.code == "drifted"
    assert not serving.channel.write(1, serving.files()).unchanged
    assert serving.channel.observe().drift == ()


def test_a_link_in_place_of_a_file_is_drift_and_never_followed(serving: Rig) -> None:
    main = serving.root / "generations/1/postfix/domains.cf"
    main.unlink()
    main.symlink_to("/etc/shadow")
    (drift,) = serving.channel.observe().drift
    assert drift.path == "postfix/domains.cf"
    assert "root:" not in drift.diff


def test_a_postfix_that_somebody_else_is_just_starting_is_no_failure(serving: Rig) -> None:
    """As when an applier is killed in the middle of a start: what it had begun goes on."""
    serving.channel.stop()
    with subprocess.Popen(["/usr/sbin/postfix", "-c", str(serving.home.postfix), "start"], stderr=subprocess.DEVNULL):
        serving.channel.start()
    assert _all_answer(serving)


@pytest.mark.parametrize("daemon", [Postfix, Dovecot])
def test_a_killed_master_is_started_again(serving: Rig, daemon: type[Postfix] | type[Dovecot]) -> None:
    pid = daemon(serving.home).pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: daemon(serving.home).pid() not in (None, pid) and _all_answer(serving), 15)
    assert eventually(lambda: serving.channel.observe().postfix.running, 10)
    seen = serving.channel.observe()
    restarted = seen.postfix if daemon is Postfix else seen.dovecot
    assert restarted.restarts >= 1
    assert not restarted.looping


def test_a_dovecot_killed_under_a_live_session_comes_back(serving: Rig) -> None:
    with socket.create_connection(("127.0.0.1", serving.ports.imap), timeout=10) as line:
        line.recv(1000)
        line.sendall(b"a login hanako@example.test secret\r\n")
        assert b"a OK" in line.recv(1000)
        pid = Dovecot(serving.home).pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: _answers(serving.ports.imap) and serving.channel.observe().dovecot.running, 20)


def test_a_crash_loop_is_told(serving: Rig) -> None:
    pid = Postfix(serving.home).pid()
    assert pid is not None
    with_port_taken = serving.ports.submission
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: Postfix(serving.home).pid() is None, 5)
    with _held(with_port_taken):
        assert eventually(lambda: serving.channel.observe().postfix.looping, 60)
        assert "in use" in serving.channel.observe().postfix.last_error
    assert eventually(lambda: _answers(serving.ports.smtp), 40)


def _held(port: int) -> socket.socket:
    """The port, in our hands as soon as nobody else has it."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            assert time.monotonic() < deadline


def test_a_killed_applier_leaves_the_mail_and_a_new_one_goes_on_with_it(serving: Rig) -> None:
    before = (Postfix(serving.home).pid(), Dovecot(serving.home).pid())
    serving.kill_applier()
    assert _all_answer(serving)
    serving.start_applier()
    seen = serving.channel.observe()
    assert (seen.postfix.pid, seen.dovecot.pid) == before
    assert seen.serving == 1
    assert seen.postfix.wanted
    serving.channel.reload(postfix="reload", dovecot="reload")
    assert (Postfix(serving.home).pid(), Dovecot(serving.home).pid()) == before


def test_after_everything_was_killed_the_applier_brings_the_mail_up_again(serving: Rig) -> None:
    serving.kill_applier()
    for pid in (Postfix(serving.home).pid(), Dovecot(serving.home).pid()):
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    serving.start_applier()
    assert eventually(lambda: _all_answer(serving), 20)


def test_a_stale_pid_file_with_a_living_strangers_number_is_no_hindrance(serving: Rig) -> None:
    serving.channel.stop()
    Path(f"{serving.home.dovecot}/master.pid").write_text(f"{os.getpid()}\n")
    serving.channel.start()
    assert _all_answer(serving)


@pytest.mark.parametrize("step", ["write", "check", "try", "install", "reload"])
def test_an_applier_killed_in_the_middle_of_any_verb_leaves_a_serving_mail_server(serving: Rig, step: str) -> None:
    channel = serving.channel
    if step != "write":
        channel.write(2, serving.files(without=("smtps",)))
    if step == "reload":
        channel.install(2, 1)
    verbs: dict[str, Callable[[], object]] = {
        "write": lambda: channel.write(2, serving.files(without=("smtps",))),
        "check": lambda: channel.check(2),
        "try": lambda: channel.try_(2),
        "install": lambda: channel.install(2, 1),
        "reload": lambda: channel.reload(postfix="reload", dovecot="reload"),
    }
    assert serving.process is not None
    for delay in (0.0, 0.01, 0.04, 0.1):
        killer = subprocess.Popen(["/bin/sh", "-c", f"sleep {delay}; kill -9 {serving.process.pid}"])
        with contextlib.suppress(ApplierError):  # away, or refused since it is done already: both are well
            verbs[step]()
        killer.wait()
        serving.process.wait(timeout=5)
        serving.start_applier()
        seen = channel.observe()
        assert seen.serving in (1, 2)
        assert seen.trial is None
        assert set(seen.generations) <= {1, 2}
        assert seen.drift == ()
        assert eventually(lambda: _all_answer(serving), 10)
    # The new one can do everything that the old one was about to.
    channel.write(2, serving.files(without=("smtps",)))
    assert channel.try_(2).missing == ()
    channel.install(2, channel.observe().serving)
    assert f"127.0.0.1:{serving.ports.smtps}" not in channel.reload(postfix="reload", dovecot="reload").listening


def test_half_a_generation_is_swept_at_start(idle: Rig) -> None:
    idle.stop_applier()
    (idle.root / "generations/5/postfix").mkdir(parents=True)
    (idle.root / "generations/.6").mkdir()
    idle.start_applier()
    assert idle.channel.observe().generations == ()
    assert list((idle.root / "generations").iterdir()) == []
    idle.channel.write(5, idle.files())


def test_old_generations_go_and_what_serves_or_is_kept_stays(serving: Rig) -> None:
    for number in (2, 3, 4):
        serving.channel.write(number, serving.files(more={"mail_name": f"Number {number}"}))
    serving.channel.try_(3)
    with (serving.root / "generations/2/postfix/main.cf").open():
        assert serving.channel.prune(()).removed == (4,)
    serving.channel.end_trial()
    assert serving.channel.prune((3,)).removed == (2,)
    assert serving.channel.observe().generations == (1, 3)


def test_stop_mail_from_the_command_line_lets_the_next_applier_start_it_again(serving: Rig) -> None:
    serving.stop_applier()
    assert _all_answer(serving)
    serving.start_applier()
    stop = ["-m", "fumibako.applier", "--home", str(serving.root), "--stop-mail"]
    subprocess.run([sys.executable, *stop], check=True)
    assert not _answers(serving.ports.smtp)
    time.sleep(0.6)
    assert not _answers(serving.ports.smtp)
    serving.stop_applier()
    serving.start_applier()
    assert eventually(lambda: _all_answer(serving), 10)
    serving.stop_applier()
    subprocess.run([sys.executable, *stop], check=True)
    assert not _answers(serving.ports.smtp)


def test_a_second_applier_for_the_same_home_does_not_start(idle: Rig) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "fumibako.applier", "--home", str(idle.root)], capture_output=True, text=True, timeout=20
    )
    assert second.returncode == 1
    assert "Another applier" in second.stderr
    assert idle.answers()


def test_the_process_is_small(serving: Rig) -> None:
    serving.channel.try_(1)
    assert serving.process is not None
    lines = Path(f"/proc/{serving.process.pid}/smaps_rollup").read_text().splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    assert kilobytes < 20_000

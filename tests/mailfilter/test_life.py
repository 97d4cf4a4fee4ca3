"""The mail filter as a daemon: answered by workers that may die, be told to read again, and end."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path, PurePosixPath

from fumibako.channel.mail_filter import filter_answers
from fumibako.home.inside import command
from fumibako.layout import FILTER_USER, Home
from fumibako.mailfilter.parent import _become_worker
from tests.mailfilter.conftest import FilterRig, eventually

ALIVE = b"request=smtpd_access_policy\npolicy_context=alive\n\n"


def asked(line: socket.socket, question: bytes = ALIVE) -> bytes:
    line.sendall(question)
    return line.recv(1000)


def test_many_questions_are_answered_over_one_connection(mail_filter: FilterRig) -> None:
    mail_filter.install()
    mail_filter.start()
    with mail_filter.connected("policy") as line:
        assert [asked(line) for _ in range(100)] == [b"action=DUNNO\n\n"] * 100


def test_a_question_to_nobody_defers_mail(mail_filter: FilterRig) -> None:
    mail_filter.install()
    mail_filter.start(1)
    with mail_filter.connected("policy") as line:
        assert asked(line, b"request=smtpd_access_policy\n\n").startswith(b"action=DEFER_IF_PERMIT 4.3.0 ")
        assert asked(line) == b"action=DUNNO\n\n"


def test_garbage_ends_its_own_connection_only(mail_filter: FilterRig) -> None:
    mail_filter.install()
    mail_filter.start(1)
    with mail_filter.connected("policy") as good, mail_filter.connected("policy") as bad:
        assert asked(good) == b"action=DUNNO\n\n"
        assert asked(bad, os.urandom(3000).replace(b"=", b"-") + b"\n\n") == b""
        assert asked(good) == b"action=DUNNO\n\n"


def test_only_postfix_and_the_agent_reach_the_sockets(mail_filter: FilterRig) -> None:
    mail_filter.install()
    mail_filter.start(1)
    for user, expected in (("postfix", True), ("fumibako-node", True), ("nobody", False), ("fumibako", False)):
        script = (
            "import sys; from pathlib import PurePosixPath; from fumibako.layout import Home;"
            "from fumibako.channel.mail_filter import filter_answers; print(filter_answers(Home(PurePosixPath(sys.argv[1]))))"
        )
        argv = command(mail_filter.root, sys.executable, "-I", "-c", script, str(mail_filter.root), user=user)
        assert subprocess.run(argv, capture_output=True, text=True).stdout == f"{expected}\n", user
    mode = stat.S_IMODE(Path(mail_filter.home.policy_socket).stat().st_mode)
    assert mode == 0o660


def test_it_runs_as_its_own_user_and_nothing_else(mail_filter: FilterRig) -> None:
    mail_filter.install()
    mail_filter.start(2)
    assert mail_filter.process is not None
    for pid in (mail_filter.process.pid, *mail_filter.workers()):
        assert Path(f"/proc/{pid}").stat().st_uid == pwd.getpwnam(FILTER_USER).pw_uid


def test_a_worker_that_dies_is_replaced_and_others_do_not_notice(mail_filter: FilterRig) -> None:
    mail_filter.install()
    mail_filter.start(2)
    before = mail_filter.workers()
    lines = [mail_filter.connected("policy") for _ in range(8)]
    assert {asked(line) for line in lines} == {b"action=DUNNO\n\n"}
    os.kill(before[0], signal.SIGKILL)
    assert eventually(lambda: len(set(mail_filter.workers()) - {before[0]}) == 2)
    for line in lines:
        with contextlib.suppress(OSError):
            assert asked(line) in {b"action=DUNNO\n\n", b""}
        line.close()
    assert filter_answers(mail_filter.home)
    assert before[1] in mail_filter.workers()


def test_workers_end_with_their_parent(mail_filter: FilterRig) -> None:
    mail_filter.install()
    mail_filter.start(2)
    workers = mail_filter.workers()
    assert mail_filter.process is not None
    mail_filter.process.kill()
    mail_filter.process.wait()
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    mail_filter.start(1)  # the sockets of the dead give way


def test_a_worker_whose_parent_died_before_it_was_bound_to_it_ends_at_once(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    child = os.fork()
    if child == 0:
        _become_worker(Home(PurePosixPath(tmp_path)), {}, gone.pid)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


def test_reading_again_and_another_generation_keep_connections(mail_filter: FilterRig) -> None:
    mail_filter.install()
    mail_filter.start(1)
    assert mail_filter.process is not None
    with mail_filter.connected("policy") as line:
        assert asked(line) == b"action=DUNNO\n\n"
        mail_filter.process.send_signal(signal.SIGHUP)
        assert asked(line) == b"action=DUNNO\n\n"
        mail_filter.install(resolvers=["127.0.0.1:5353"])
        assert asked(line) == b"action=DUNNO\n\n"
        (mail_filter.root / "generations/2/filter/filter.json").write_text("{")
        mail_filter.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: "ERROR" in mail_filter.log())
        assert asked(line) == b"action=DUNNO\n\n"


def test_told_to_end_it_closes_idle_connections_and_ends_soon(mail_filter: FilterRig) -> None:
    mail_filter.install()
    mail_filter.start(2)
    with mail_filter.connected("policy") as line:
        assert asked(line) == b"action=DUNNO\n\n"
        begun = time.monotonic()
        assert mail_filter.stop() == 0
        assert time.monotonic() - begun < 8
        assert line.recv(10) == b""

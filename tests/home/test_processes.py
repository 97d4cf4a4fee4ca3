"""Which processes belong to a home, and ending them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import pytest

from fumibako.home.processes import MARK, Process, end, memory_of, processes_of
from fumibako.layout import Home

EMPTY: Mapping[str, str] = {}
WAITING = "import sys, time; sys.stdout.write('up\\n'); sys.stdout.flush(); time.sleep(60)"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    root = tmp_path / "home"
    (root / "server/queue").mkdir(parents=True)
    return Home(PurePosixPath(root))


class Started:
    """Programs that this test has started, ended after it."""

    def __init__(self) -> None:
        self.children: list[subprocess.Popen[bytes]] = []

    def __call__(self, *argv: str, cwd: Path | None = None, variables: Mapping[str, str] = EMPTY) -> int:
        child = subprocess.Popen(argv, cwd=cwd, env={**os.environ, **variables}, stdout=subprocess.PIPE)
        self.children.append(child)
        assert child.stdout is not None
        child.stdout.readline()
        return child.pid


@pytest.fixture
def started() -> Iterator[Started]:
    programs = Started()
    yield programs
    for child in programs.children:
        child.kill()
        child.wait()


def found(home: Home) -> dict[int, str]:
    return {process.pid: process.kind for process in processes_of(home)}


def test_a_process_that_our_supervisor_marked_is_the_homes_own(home: Home, started: Started) -> None:
    marked = started(sys.executable, "-c", WAITING, variables={MARK: str(home.root)})
    assert found(home) == {marked: "console"}


def test_the_consoles_server_is_the_homes_own_without_a_mark_too(home: Home, started: Started, tmp_path: Path) -> None:
    """systemd marks nothing; and a command line that was told the home by its environment is no console."""
    (tmp_path / "gunicorn.py").write_text(WAITING)
    (tmp_path / "command.py").write_text(WAITING)
    variables = {"FUMIBAKO_HOME": str(home.root)}
    console = started(sys.executable, "-m", "gunicorn", cwd=tmp_path, variables=variables)
    started(sys.executable, "-m", "command", cwd=tmp_path, variables=variables)
    assert found(home) == {console: "console"}


def test_a_process_of_another_home_is_not(home: Home, started: Started) -> None:
    started(sys.executable, "-c", WAITING, variables={MARK: f"{home.root}-2"})
    started(sys.executable, "-c", WAITING, variables={MARK: str(home.root.parent)})
    assert found(home) == {}


def test_a_shell_that_stands_in_the_home_is_not(home: Home, started: Started) -> None:
    """An administrator with `cd HOME/server/queue`, or a pager on one of its files, is not ended with the home."""
    started("/bin/sh", "-c", "echo up; read line", cwd=Path(home.queue), variables={"MAIL_CONFIG": str(home.postfix)})
    started(sys.executable, "-c", WAITING, str(home.queue), cwd=Path(home.queue))
    assert found(home) == {}


def test_a_postfix_that_runs_in_the_homes_queue_is_the_homes_own(home: Home, started: Started, tmp_path: Path) -> None:
    """Whatever program it is: what counts is that it is one of Postfix's and where it works."""
    elsewhere = tmp_path / "other/server/queue"
    elsewhere.mkdir(parents=True)
    sleeper = "/usr/lib/postfix/sbin/fumibako-test-sleeper"
    shutil.copy2("/bin/sleep", sleeper)
    try:
        children = [subprocess.Popen([sleeper, "60"], cwd=directory) for directory in (Path(home.queue), elsewhere)]
        started.children += children
        time.sleep(0.1)
        assert found(home) == {children[0].pid: "postfix"}
    finally:
        Path(sleeper).unlink()


def test_one_that_ignores_the_polite_signal_is_ended_all_the_same(home: Home, started: Started) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAITING
    pid = started(sys.executable, "-c", deaf, variables={MARK: str(home.root)})
    before = time.monotonic()
    end(processes_of(home), 0.3)
    assert 0.25 < time.monotonic() - before < 3
    assert found(home) == {}
    assert started.children[0].wait() == -9
    assert pid == started.children[0].pid


def test_a_process_that_got_the_number_of_a_dead_one_is_left_alone(started: Started) -> None:
    pid = started(sys.executable, "-c", WAITING)
    another = Process(pid, 1, "console")
    assert not another.alive()
    end([another], 0.1)
    assert started.children[0].poll() is None


def test_memory_is_told_of_what_lives_and_nothing_of_what_does_not() -> None:
    assert 1_000_000 < memory_of(os.getpid()) < 1_000_000_000
    assert memory_of(2**22 - 1) == 0

"""A home of its own for each test, with a real applier and, where asked for, real servers; nothing is left afterwards."""

from __future__ import annotations

import contextlib
import datetime
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from fumibako.applier.daemons import Dovecot, Postfix
from fumibako.channel.applier import ApplierAway, ApplierChannel
from fumibako.home.certificates import self_signed
from fumibako.home.inside import command
from fumibako.home.tree import make_tree
from fumibako.home.users import ensure_users
from fumibako.layout import NODE_USER, Home
from tests.applier import sample


class Rig:
    """One home and what runs in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = Home(PurePosixPath(root))
        self.ports = sample.Ports.free()
        self.channel = ApplierChannel(self.home.applier_socket, timeout=60)
        self.process: subprocess.Popen[bytes] | None = None
        self.log = root / "applier.log"
        made = self_signed("mail.example.test", ["127.0.0.1"], datetime.datetime.now(datetime.UTC))
        self.fingerprint = made.fingerprint
        folder = root / "tls" / made.fingerprint
        folder.mkdir()
        (folder / "certificate.pem").write_bytes(made.certificate)
        (folder / "key.pem").write_bytes(made.key)
        (folder / "key.pem").chmod(0o600)
        agent = pwd.getpwnam(NODE_USER).pw_uid
        for part in ("server", "trial"):
            sample.make_databases(root / part)
            for name in ("db/lookup.db", "auth/passwords.db"):
                os.chown(root / part / name, agent, -1)

    def start_applier(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command(self.root, sys.executable, "-I", "-m", "fumibako.applier", "--home", str(self.root)),
                stderr=log,
                cwd="/",
            )
        assert eventually(self.answers, 10), self.log.read_text()

    def answers(self) -> bool:
        try:
            self.channel.observe()
        except ApplierAway:
            return False
        return True

    def kill_applier(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop_applier(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(timeout=20)

    def files(self, *, more: dict[str, str] | None = None, without: tuple[str, ...] = ()) -> dict[str, str]:
        return sample.generation(self.home, self.ports, self.fingerprint, more=more, without=without)

    def serve(self, generation: int = 1, **changes: object) -> None:
        """Write, install and start a generation of the sample."""
        self.channel.write(generation, self.files(**changes))  # type: ignore[arg-type]  # passed on as it came
        self.channel.install(generation, self.channel.observe().serving)
        self.channel.start()

    def processes(self) -> set[int]:
        """Processes that stand in a directory of the home, or name it on their command line."""
        found: set[int] = set()
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                place, words = os.readlink(entry / "cwd"), (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if f"{place}/".startswith(f"{self.root}/") or str(self.root) in words:
                found.add(int(entry.name))
        return found

    def clean_up(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for daemon in (Postfix(self.home), Dovecot(self.home)):
            pid = daemon.pid()
            if pid is not None:
                os.kill(pid, signal.SIGTERM)
        # An applier that was killed while it started a daemon has left the command that does so: look until nobody is
        # there any more.
        if not eventually(lambda: not self.processes(), 3):
            deadline = time.monotonic() + 10
            while (left := self.processes()) and time.monotonic() < deadline:
                for pid in left:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                time.sleep(0.05)
        shutil.rmtree(self.root, ignore_errors=True)


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def make_rig() -> Rig:
    ensure_users()
    # Short, since Unix sockets have short names; and everyone may pass, since the servers have users of their own.
    root = Path(tempfile.mkdtemp(prefix="fk-", dir="/tmp"))
    root.chmod(0o755)
    make_tree(root)
    return Rig(root)


@contextlib.contextmanager
def running_rig() -> Iterator[Rig]:
    """A home with a running applier and no mail yet."""
    rig = make_rig()
    try:
        rig.start_applier()
        yield rig
    finally:
        rig.clean_up()


@pytest.fixture
def idle() -> Iterator[Rig]:
    with running_rig() as rig:
        yield rig


@pytest.fixture
def serving(idle: Rig) -> Rig:
    """A home whose first generation serves."""
    idle.serve()
    return idle

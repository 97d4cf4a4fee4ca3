"""A trial: the candidate boots on its real ports and addresses, in namespaces where nobody else is.

Its files are the very ones that will be installed, since HOME/trial is mounted over HOME/server; queue, logs, sockets and
databases are the trial's own. Probes speak through sockets that are made in its network namespace and handed out.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from fumibako.applier import cell, listeners, loopback_addresses, namespaces
from fumibako.applier.generations import Generations
from fumibako.applier.listeners import Listener
from fumibako.applier.logs import LogTail
from fumibako.applier.programs import ENVIRONMENT, Outcome, run, run_on_terminal, until
from fumibako.applier.refused import Refused
from fumibako.layout import Home
from fumibako.schema.text import Text
from fumibako.wire.applier import CheckFinding, Tried

_BOOT_SECONDS: Final = 15.0
_LISTEN_SECONDS: Final = 5.0
_CONNECT_SECONDS: Final = 5.0
_QUEUES: Final = (
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "maildrop",
    "saved",
    "trace",
)
_CLONE: Final = re.compile(r"[a-z0-9-]{1,40}")


class Trials:
    """The one trial that may run in a home, and the check that happens under the same mount."""

    def __init__(self, home: Home, generations: Generations) -> None:
        self._home = home
        self._folder = Path(home.trial)
        self._generations = generations
        self._cell: subprocess.Popen[bytes] | None = None
        self._first = 0
        self._network = -1
        self.generation: int | None = None
        self.used = 0.0

    def check(self, number: int) -> tuple[CheckFinding, ...]:
        """What Postfix's and Dovecot's own checkers say of a generation, on the paths that it will have."""
        if self.generation not in (None, number):
            self.end()
        self._generations.require_intact(number)
        self._generations.point_trial_to(number)
        postfix, dovecot = namespaces.in_own_thread(self._check_under_mount)
        # Every line counts: unknown parameters and missing tables are warnings with status 0. `postfix check` runs many
        # programs, and each complains anew.
        lines = dict.fromkeys(line for line in postfix.text.split("\n") if line)
        found = [CheckFinding("postfix", line) for line in lines]
        if postfix.status != 0 and not found:
            found.append(CheckFinding("postfix", f"postfix check: status {postfix.status}"))
        found += [CheckFinding("dovecot", line) for line in dovecot.text.split("\n") if line]
        if dovecot.status != 0 and not dovecot.text:
            found.append(CheckFinding("dovecot", f"doveconf: status {dovecot.status}"))
        return tuple(found)

    def start(self, number: int, addresses: tuple[str, ...]) -> Tried:
        """Boot a generation; `Refused` when it does not come up, with the programs' own lines."""
        begun = time.monotonic()
        self.end()
        files = self._generations.require_intact(number)
        wanted = listeners.of_postfix(files) | listeners.of_dovecot(files)
        self._await_older()
        self._generations.point_trial_to(number)
        self._clear()
        lo = loopback_addresses.needed([*addresses, *(one.address for one in wanted)])
        self._cell = subprocess.Popen(
            [sys.executable, "-I", "-m", "fumibako.applier.cell", str(self._home.root), *lo],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
            cwd="/",
        )
        try:
            self._await_boot()
            missing = self._await_listeners(wanted)
        except Refused:
            self.end()
            raise
        self.generation = number
        self.used = time.monotonic()
        seen = tuple(sorted(map(str, listeners.in_network_of(self._first))))
        return Tried(time.monotonic() - begun, seen, tuple(sorted(map(str, missing))), tuple(self.complaints()))

    def end(self) -> None:
        """Stop the trial, if there is one; afterwards none of its processes lives."""
        running, self._cell, self.generation = self._cell, None, None
        if self._network >= 0:
            os.close(self._network)
            self._network = -1
        if running is None:
            return
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.close()
        try:
            running.wait(timeout=10)
        except subprocess.TimeoutExpired:
            running.kill()  # process 1 inside is bound to die with it, and everything with process 1
            running.wait()
        running.stdout.close()
        self._first = 0

    def complaints(self) -> list[str]:
        """The lines of the trial's logs that tell of an error."""
        paths = (self._folder / "log" / "postfix.log", self._folder / "log" / "dovecot.log")
        return [line for path in paths for line in LogTail(str(path), from_start=True).complaints()]

    def connect(self, address: str, port: int, source: str | None) -> socket.socket:
        """A TCP connection inside the trial's network."""
        if self.generation is None or not self._is_alive():
            raise Refused("no_trial", Text("No trial is running.", "試験起動は行われていません。"))
        self.used = time.monotonic()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET

        def make() -> socket.socket:
            namespaces.enter_network(self._network)
            return socket.socket(family, socket.SOCK_STREAM)

        return connected(namespaces.in_own_thread(make), (address, port), source)

    def clone(self, name: str) -> socket.socket:
        if self.generation is None or not self._is_alive():
            raise Refused("no_trial", Text("No trial is running.", "試験起動は行われていません。"))
        self.used = time.monotonic()
        return ask(self._folder / "queue", name)

    def _check_under_mount(self) -> tuple[Outcome, Outcome]:
        namespaces.unshare(namespaces.NEW_MOUNTS)
        namespaces.mount_over(str(self._home.trial), str(self._home.server))
        postfix = run_on_terminal(["/usr/sbin/postfix", "-c", str(self._home.postfix), "check"])
        return postfix, run(["/usr/bin/doveconf", "-n", "-c", str(self._home.dovecot_conf)])

    def _await_older(self) -> None:
        """Wait until nothing of an earlier applier's trial is left; its parent is dying already."""
        descriptor = os.open(cell.lock_path(self._home), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not until(lambda: _locked(descriptor), seconds=_BOOT_SECONDS):
                raise self._failed("an older trial does not end", "")
        finally:
            os.close(descriptor)

    def _clear(self) -> None:
        """Empty what an earlier trial left, and keep the directories: making them costs Postfix a second."""
        for name in _QUEUES:
            folder = self._folder / "queue" / name
            if folder.is_dir():
                for entry in folder.iterdir():
                    shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        for log in ("postfix.log", "dovecot.log"):
            (self._folder / "log" / log).unlink(missing_ok=True)
        (self._folder / "dovecot" / "master.pid").unlink(missing_ok=True)
        if (self._folder / "queue" / "private").is_dir():
            (self._folder / "queue" / "quick-start").touch()

    def _await_boot(self) -> None:
        """Read the cell's lines until it is up."""
        assert self._cell is not None
        assert self._cell.stdout is not None
        deadline = time.monotonic() + _BOOT_SECONDS
        pending = b""
        while True:
            ready = select.select([self._cell.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]
            piece = os.read(self._cell.stdout.fileno(), 65536) if ready else b""
            if not piece:
                raise self._failed("boot", "")
            *lines, pending = (pending + piece).split(b"\n")
            for line in lines:
                message: dict[str, Any] = json.loads(line)
                if "first" in message:
                    self._first = int(message["first"])
                elif "failed" in message:
                    raise self._failed(str(message["failed"]), str(message["text"]))
                elif message.get("up"):
                    self._network = os.open(f"/proc/{self._first}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
                    return

    def _await_listeners(self, wanted: set[Listener]) -> set[Listener]:
        """Those that did not appear in time."""
        first = self._first
        until(lambda: wanted <= listeners.in_network_of(first) or bool(self.complaints()), seconds=_LISTEN_SECONDS)
        return wanted - listeners.in_network_of(first)

    def _is_alive(self) -> bool:
        return self._cell is not None and self._cell.poll() is None

    def _failed(self, what: str, text: str) -> Refused:
        lines = [line for line in [text, *self.complaints()[-10:]] if line]
        return Refused(
            "trial_failed",
            Text(f"The candidate does not start ({what}).", f"新しい設定ではサーバーが起動しません ({what})。"),
            "\n".join(lines),
        )


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def ask(queue: Path, name: str) -> socket.socket:
    """A connection to the clone that answers what-if questions for one service."""
    if not _CLONE.fullmatch(name):
        raise Refused("bad_target", Text("Not a clone's name.", "問い合わせ用サービスの名前ではありません。"))
    return connected(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), str(queue / "private" / f"ask-{name}"), None)


def connected(line: socket.socket, target: Any, source: str | None) -> socket.socket:
    """The socket, connected; closed when it cannot be."""
    try:
        line.settimeout(_CONNECT_SECONDS)
        if source is not None:
            line.bind((source, 0))
        line.connect(target)
        line.settimeout(None)
    except OSError as error:
        line.close()
        raise Refused(
            "no_connection",
            Text(f"No connection to {target}: {error.strerror}", f"{target} に接続できません: {error.strerror}"),
        ) from error
    return line

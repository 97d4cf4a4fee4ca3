"""The parent: it binds the sockets, forks a worker for each core and starts another one when one has died.

The kernel gives each new connection to one of the workers that wait for it, so they share nothing but the listening
sockets. These stay open while workers come and go: a connection that comes between two of them waits in the socket's queue.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fumibako.layout import Home
from fumibako.mailfilter import worker

_log = logging.getLogger(__name__)

_WATCHED: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})
_BACKLOG: Final = 512
# A worker that dies young is replaced after a pause, so that a fault at its start does not burn a core.
_YOUNG: Final = 5.0
_PAUSE: Final = 1.0
# Workers finish what they have begun; what takes longer is deferred by Postfix.
_PATIENCE: Final = worker.PATIENCE + 2.0
_DIE_WITH_PARENT: Final = 1


class Parent:
    """One home's mail filter."""

    def __init__(self, home: Home, workers: int) -> None:
        self._home = home
        self._wanted = workers
        self._born: dict[int, float] = {}  # by process id
        self._not_before = 0.0

    def live(self) -> int:
        """Keep the workers until told to end; returns the exit status."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        sockets = {name: _bound(path) for name, path in worker.sockets(self._home).items()}
        # What is here now is shared with the workers as long as nobody writes to it; collecting garbage would.
        gc.collect()
        gc.freeze()
        _log.info("mail filter of %s, %d workers", self._home.root, self._wanted)
        while True:
            self._fill(sockets)
            seen = signal.sigtimedwait(_WATCHED, self._until_next())
            if seen is None:
                continue
            if seen.si_signo == signal.SIGCHLD:
                self._reap()
            elif seen.si_signo == signal.SIGHUP:
                self._tell(signal.SIGHUP)
            else:
                self._end()
                return 0

    def _fill(self, sockets: Mapping[str, socket.socket]) -> None:
        while len(self._born) < self._wanted and time.monotonic() >= self._not_before:
            parent, child = os.getpid(), os.fork()
            if child == 0:
                _become_worker(self._home, sockets, parent)
            self._born[child] = time.monotonic()

    def _until_next(self) -> float:
        """Seconds until there may be something to do without a signal."""
        if len(self._born) < self._wanted:
            return max(0.01, self._not_before - time.monotonic())
        return 3600.0

    def _reap(self) -> None:
        while self._born:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self._born.clear()
                return
            if child == 0:
                return
            born = self._born.pop(child, 0.0)
            _log.error("worker %d ended: %s", child, _how(status))
            if time.monotonic() - born < _YOUNG:
                self._not_before = time.monotonic() + _PAUSE

    def _end(self) -> None:
        self._tell(signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE
        while self._born and time.monotonic() < deadline:
            child, _ = os.waitpid(-1, os.WNOHANG)
            if child:
                self._born.pop(child, None)
            else:
                signal.sigtimedwait({signal.SIGCHLD}, 0.1)
        self._tell(signal.SIGKILL)

    def _tell(self, number: signal.Signals) -> None:
        for child in self._born:
            os.kill(child, number)  # not reaped yet, so the number is still its own


def _bound(path: Path) -> socket.socket:
    """A listening socket that the directory's group can connect to; one that a dead parent has left gives way."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o117)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    listening.listen(_BACKLOG)
    listening.setblocking(False)
    return listening


def _become_worker(home: Home, sockets: Mapping[str, socket.socket], parent: int) -> None:
    status = 1
    try:
        bound = ctypes.CDLL(None, use_errno=True).prctl(_DIE_WITH_PARENT, signal.SIGTERM, 0, 0, 0) == 0
        if bound and os.getppid() == parent:  # else it died before it was bound to
            status = worker.run(home, sockets, _WATCHED)
    except BaseException:  # noqa: BLE001  # a forked worker must never go on as a second parent
        _log.exception("worker failed")
    finally:
        os._exit(status)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"exit status {code}"

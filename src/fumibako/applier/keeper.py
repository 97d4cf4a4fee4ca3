"""The keeper: while mail is wanted, a master that died is started again, Dovecot first, with growing pauses.

The pauses double from half a second to half a minute and begin anew when a daemon has lived for a minute. Five deaths within a
minute are a crash loop, which `observe` tells. The keeper never reads a configuration and never goes back by itself: a
generation that kills its daemon is the agent's to roll back.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from fumibako.applier.daemons import MailDaemon
from fumibako.applier.refused import Refused

_TICK: Final = 0.25
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_SETTLED: Final = 60.0
_LOOP: Final = 5


class Watched:
    """One daemon's deaths."""

    def __init__(self, daemon: MailDaemon) -> None:
        self.daemon = daemon
        self._pause = _FIRST_PAUSE
        self._not_before = 0.0
        self._tries: deque[float] = deque(maxlen=_LOOP)

    def look(self, start: Callable[[MailDaemon], None], now: float) -> None:
        """Start the daemon when it is dead and its pause is over."""
        while self._tries and now - self._tries[0] > _SETTLED:
            self._tries.popleft()
        if self.daemon.pid() is not None:
            if not self._tries:
                self._pause, self.daemon.looping = _FIRST_PAUSE, False
            return
        if now < self._not_before:
            return
        self._tries.append(now)
        self._not_before = now + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        self.daemon.looping = len(self._tries) == _LOOP
        self.daemon.restarts += 1
        sys.stderr.write(f"{self.daemon.name} is dead; starting it\n")
        try:
            start(self.daemon)
        except Refused as refused:
            self.daemon.last_error = self.daemon.last_error or refused.text.en
            sys.stderr.write(f"{refused}\n")
        except OSError as error:
            self.daemon.last_error = str(error)
            sys.stderr.write(f"{self.daemon.name}: {error}\n")


class Keeper(threading.Thread):
    """Looks after the daemons four times a second, whenever no verb is changing something."""

    def __init__(
        self,
        daemons: tuple[MailDaemon, ...],
        *,
        lock: threading.Lock,
        wanted: Callable[[], bool],
        start: Callable[[MailDaemon], None],
        also: Callable[[], None],
    ) -> None:
        super().__init__(daemon=True, name="keeper")
        self._watched = [Watched(daemon) for daemon in daemons]
        self._lock = lock
        self._wanted = wanted
        self._start_daemon = start
        self._also = also

    def run(self) -> None:
        while True:
            self.look()
            time.sleep(_TICK)

    def look(self) -> None:
        """One look; passed over while a verb holds the lock."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._wanted():
                for watched in self._watched:
                    watched.look(self._start_daemon, time.monotonic())
            self._also()
        finally:
            self._lock.release()

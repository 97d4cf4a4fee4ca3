"""Postfix and Dovecot as this home runs them: found, started, stopped, reloaded, each until it is really so.

Their masters are daemons of their own: nothing here is their parent, and each is known by the pid file of this home together
with what /proc says of that process, since a pid file outlives its process and a number comes again. A reload that answers 0 proves
nothing: Postfix dies of a port that is taken, Dovecot goes on without the listener. So the end of each action is read from
the kernel's table of listeners and from the log.
"""

from __future__ import annotations

import contextlib
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fumibako.applier import listeners
from fumibako.applier.listeners import Listener
from fumibako.applier.logs import LogTail
from fumibako.applier.programs import (
    Outcome,
    arguments_of,
    children_of,
    directory_of,
    executable_of,
    pid_in,
    run,
    run_on_terminal,
    until,
)
from fumibako.applier.refused import Refused
from fumibako.layout import Home
from fumibako.schema.text import Text

_SECONDS: Final = 10.0
_ANOTHERS: Final = 1.0
POSTFIX_MASTER: Final = "/usr/lib/postfix/sbin/master"
DOVECOT: Final = "/usr/sbin/dovecot"


class MailDaemon(ABC):
    """What the two have in common. `restarts`, `looping` and `last_error` are kept by the keeper."""

    name: str
    log: str

    def __init__(self, home: Home) -> None:
        self.home = home
        self.restarts = 0
        self.looping = False
        self.last_error = ""

    @abstractmethod
    def pid(self) -> int | None:
        """The master's process, if it lives and is ours."""

    @abstractmethod
    def wanted(self, files: Mapping[str, str]) -> set[Listener]:
        """The listeners that a generation asks of this daemon."""

    @abstractmethod
    def _start_program(self) -> Outcome: ...

    @abstractmethod
    def _reload_program(self) -> Outcome: ...

    @abstractmethod
    def _stop_program(self) -> Outcome: ...

    @abstractmethod
    def _reloaded_line(self) -> str:
        """What the log says once a reload has happened."""

    def held(self) -> set[Listener]:
        """The listeners that the master has now."""
        pid = self.pid()
        return listeners.held_by(pid) if pid else set()

    def start(self, files: Mapping[str, str]) -> None:
        """Start it and wait for its listeners; nothing to do when it runs with them."""
        if self.pid() is None:
            tail = LogTail(self.log)
            self._clear_leftovers()
            outcome = self._start_program()
            # Dovecot's command ends before its master has written the pid file. One that says no may have met a master
            # that an applier before this one was just starting.
            patience = _SECONDS if outcome.status == 0 else _ANOTHERS
            if not until(lambda: self.pid() is not None, seconds=patience):
                raise self._failed("start_failed", outcome, tail)
        self._wait_for(files, LogTail(self.log))

    def reload(self, files: Mapping[str, str]) -> None:
        """Make it read its files again; a dead one is started."""
        if self.pid() is None:
            self.start(files)
            return
        tail = LogTail(self.log)
        outcome = self._reload_program()
        if outcome.status != 0:
            raise self._failed("reload_failed", outcome, tail)
        until(lambda: self._reloaded_line() in tail.text() or self.pid() is None, seconds=_SECONDS)
        self._wait_for(files, tail)

    def stop(self) -> None:
        """Stop it; every listener is gone afterwards."""
        pid = self.pid()
        if pid is None:
            return
        tail = LogTail(self.log)
        outcome = self._stop_program()
        if not until(lambda: self.pid() is None, seconds=_SECONDS):
            os.kill(pid, signal.SIGKILL)
            if not until(lambda: self.pid() is None, seconds=_SECONDS):
                raise self._failed("stop_failed", outcome, tail)

    def restart(self, files: Mapping[str, str]) -> None:
        self.stop()
        self.start(files)

    def _wait_for(self, files: Mapping[str, str], tail: LogTail) -> None:
        wanted = self.wanted(files)
        until(lambda: self.held() == wanted or self.pid() is None or self._gave_up(tail), seconds=_SECONDS)
        if self.pid() is None:
            raise self._failed("died", Outcome(0, ""), tail)
        held = self.held()
        if held != wanted:
            missing = ", ".join(sorted(map(str, wanted - held)))
            extra = ", ".join(sorted(map(str, held - wanted)))
            lines = "\n".join(tail.complaints()[-5:])
            raise Refused(
                "listeners",
                Text(
                    f"{self.name} does not listen as it should (missing: {missing or '-'}; too many: {extra or '-'}).",
                    f"{self.name} の待ち受けが設定と一致しません (不足: {missing or '-'}、余分: {extra or '-'})。",
                ),
                lines,
            )

    @abstractmethod
    def _gave_up(self, tail: LogTail) -> bool:
        """Whether the log says already that a listener could not be had."""

    @abstractmethod
    def _clear_leftovers(self) -> None:
        """Remove what a killed master left and a new one would stumble over."""

    def _failed(self, code: str, outcome: Outcome, tail: LogTail) -> Refused:
        # The log is written by another process: give it a moment to say why.
        until(lambda: bool(tail.complaints()), seconds=0.5)
        complaints = tail.complaints()[:5]
        lines = [line for line in [outcome.text, *complaints] if line]
        # The first complaint is the cause, the others follow from it.
        self.last_error = complaints[0] if complaints else outcome.text.split("\n")[-1]
        texts = {
            "start_failed": Text(f"{self.name} could not be started.", f"{self.name} を起動できませんでした。"),
            "reload_failed": Text(
                f"{self.name} refused to reload.", f"{self.name} が設定を再読み込みできませんでした。"
            ),
            "stop_failed": Text(f"{self.name} could not be stopped.", f"{self.name} を停止できませんでした。"),
            "died": Text(f"{self.name} has died.", f"{self.name} が異常終了しました。"),
        }
        return Refused(code, texts[code], "\n".join(lines))


class Postfix(MailDaemon):
    name = "Postfix"

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.log = str(home.postfix_log)

    def pid(self) -> int | None:
        pid = pid_in(f"{self.home.queue}/pid/master.pid")
        ours = pid and executable_of(pid) == POSTFIX_MASTER and directory_of(pid) == str(self.home.queue)
        return pid if ours else None

    def wanted(self, files: Mapping[str, str]) -> set[Listener]:
        return listeners.of_postfix(files)

    def _start_program(self) -> Outcome:
        return self._postfix("start")

    def _reload_program(self) -> Outcome:
        return self._postfix("reload")

    def _stop_program(self) -> Outcome:
        return self._postfix("stop")

    def _reloaded_line(self) -> str:
        return "reload -- version"

    def _gave_up(self, tail: LogTail) -> bool:  # noqa: ARG002  # Postfix does not give up, it dies
        return False

    def _clear_leftovers(self) -> None:
        """Postfix's pid file is a lock: a dead master's is free."""

    def _postfix(self, command: str) -> Outcome:
        return run_on_terminal(["/usr/sbin/postfix", "-c", str(self.home.postfix), command])


class Dovecot(MailDaemon):
    name = "Dovecot"

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.log = str(home.dovecot_log)

    @property
    def _pid_file(self) -> str:
        return f"{self.home.dovecot}/master.pid"

    def pid(self) -> int | None:
        pid = pid_in(self._pid_file)
        ours = pid and executable_of(pid) == DOVECOT and str(self.home.dovecot_conf) in arguments_of(pid)
        return pid if ours else None

    def wanted(self, files: Mapping[str, str]) -> set[Listener]:
        return listeners.of_dovecot(files)

    def _start_program(self) -> Outcome:
        return run([DOVECOT, "-c", str(self.home.dovecot_conf)])

    def _reload_program(self) -> Outcome:
        return run(["/usr/bin/doveadm", "-c", str(self.home.dovecot_conf), "reload"])

    def _stop_program(self) -> Outcome:
        pid = self.pid()
        if pid is not None:
            sessions = children_of(pid)
            os.kill(pid, signal.SIGTERM)
            # `shutdown_clients = no` lets them outlive a reload, and would let them outlive their master.
            for session in sessions:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(session, signal.SIGTERM)
        return Outcome(0, "")

    def _reloaded_line(self) -> str:
        return "SIGHUP received - reloading configuration"

    def _gave_up(self, tail: LogTail) -> bool:
        return any("listen(" in line for line in tail.complaints())

    def _clear_leftovers(self) -> None:
        # Dovecot believes any living number in its pid file, a zombie's or a stranger's as well.
        Path(self._pid_file).unlink(missing_ok=True)

"""The processes of one home, found by looking at all of the machine's.

Pid files lie after a crash or a reboot; /proc does not. A process is a home's own when it is one of the programs that a
home runs *and* says so itself: by the mark that our supervisor puts into the environment, by `--home DIR` on its command
line, or by a working directory or a configuration below the home. An administrator's shell, pager or editor that merely
stands in the home is none of them, nor is another home's process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

from fumibako.layout import Home

Kind = Literal["supervisor", "applier", "node", "console", "filter", "postfix", "dovecot"]

# The supervisor's children carry this variable with the home's directory; so do theirs.
MARK: Final = "FUMIBAKO_SUPERVISED"

_MODULES: Final[dict[str, Kind]] = {
    "fumibako.home.supervise": "supervisor",
    "fumibako.applier": "applier",
    "fumibako.node": "node",
    "fumibako.console": "console",
    "fumibako.mailfilter": "filter",
}
_MAIL: Final = (("/usr/lib/postfix/", "postfix"), ("/usr/lib/dovecot/", "dovecot"), ("/usr/sbin/dovecot", "dovecot"))


@dataclass(frozen=True, slots=True)
class Process:
    """`started` (in clock ticks since boot) tells a process from a later one with the same number. `leads` is true for
    Postfix's and Dovecot's master."""

    pid: int
    started: int
    kind: Kind
    leads: bool = False

    def alive(self) -> bool:
        stat = _stat(self.pid)
        return stat is not None and stat.started == self.started and stat.state not in {"Z", "X"}

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this very process, never to another that got its number."""
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(self.pid)
            try:
                if self.alive():
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)


def processes_of(home: Home) -> list[Process]:
    """All living processes of the home, trials included."""
    own = os.getpid()
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) != own:
            process = _process(int(entry.name), home)
            if process is not None:
                found.append(process)
    return found


def end(processes: Iterable[Process], patience: float) -> None:
    """Ask the processes to end; after `patience` seconds make them. Returns when none is left."""
    left = [process for process in processes if process.alive()]
    for process in left:
        process.signal(signal.SIGTERM)
    left = wait_for_end(left, patience)
    for process in left:
        process.signal(signal.SIGKILL)
    wait_for_end(left, 5.0)


def wait_for_end(processes: Sequence[Process], patience: float) -> list[Process]:
    """Wait until none of them lives; those that still do when the time is over."""
    deadline = time.monotonic() + patience
    left = list(processes)
    while True:
        left = [process for process in left if process.alive()]
        if not left or time.monotonic() >= deadline:
            return left
        time.sleep(0.02)


def memory_of(pid: int) -> int:
    """What the process adds to the memory in use, in bytes: its proportional share (PSS). 0 where it cannot be read."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return 0


@dataclass(frozen=True, slots=True)
class _Stat:
    state: str
    started: int


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The second field, the name, may hold blanks and parentheses (proc(5)): count from the last one.
    fields = text[text.rindex(")") + 2 :].split()
    return _Stat(fields[0], int(fields[19]))


def _process(pid: int, home: Home) -> Process | None:
    stat = _stat(pid)
    if stat is None or stat.state in {"Z", "X"}:
        return None
    program = _link(pid, "exe").removesuffix(" (deleted)")
    mail = next((kind for prefix, kind in _MAIL if program.startswith(prefix)), None)
    if mail is not None:
        if not _is_mail_of(pid, home):
            return None
        leads = program.endswith("/master") or program == "/usr/sbin/dovecot"
        return Process(pid, stat.started, "postfix" if mail == "postfix" else "dovecot", leads)
    if "python" in program.rsplit("/", 1)[-1]:
        kind = _own_kind(pid, home)
        if kind is not None:
            return Process(pid, stat.started, kind)
    return None


def _is_mail_of(pid: int, home: Home) -> bool:
    places = _mail_places(home)
    if any(_link(pid, name).startswith(places) for name in ("cwd", "root")):
        return True
    # A master is named by its configuration: MAIL_CONFIG=…, -c …
    words = {*_words(pid, "environ"), *_words(pid, "cmdline")}
    return any(word.rpartition("=")[2].startswith(places) for word in words)


@cache
def _mail_places(home: Home) -> tuple[str, ...]:
    return tuple(f"{place}/" for place in (home.server, home.trial, home.generations))


def _own_kind(pid: int, home: Home) -> Kind | None:
    pairs = list(pairwise(_words(pid, "cmdline")))
    kind = next((_MODULES[word] for before, word in pairs if before == "-m" and word in _MODULES), None)
    if kind is not None and ("--home", str(home.root)) in pairs:
        return kind
    environment = _words(pid, "environ")
    # gunicorn has taken the console's place; under systemd nobody has marked it.
    if ("-m", "gunicorn") in pairs and f"FUMIBAKO_HOME={home.root}" in environment:
        return "console"
    return (kind or "console") if f"{MARK}={home.root}" in environment else None


def _link(pid: int, name: str) -> str:
    try:
        return str(Path(f"/proc/{pid}/{name}").readlink())
    except OSError:
        return ""


def _words(pid: int, name: str) -> list[str]:
    try:
        raw = Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return []
    # Where a program wrote a title over them there are hundreds of empty ones.
    return [os.fsdecode(word) for word in raw.split(b"\0") if word]

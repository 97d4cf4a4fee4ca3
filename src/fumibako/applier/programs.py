"""Running the servers' own programs, and knowing which process is whose.

Postfix's commands say what is wrong to a terminal only (elsewhere to syslog, which need not be there), so they run under a
pseudo-terminal. Their environment is made here: nothing of ours reaches a daemon that may live for years.
"""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "LANG": "C"}
_MOST_OUTPUT: Final = 64 * 1024
PAUSE: Final = 0.01
LONGEST_PAUSE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """Exit status (-1: it did not end in time and was killed) and what was said, both streams together."""

    status: int
    text: str


def run(argv: list[str], *, seconds: float = 30) -> Outcome:
    """A program's end; only its error stream is kept.

    The stream is a file in memory, not a pipe: Dovecot's master keeps it open for life, so a pipe would never end.
    """
    with os.fdopen(os.memfd_create("said"), "w+b") as said:
        try:
            status = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=ENVIRONMENT,
                cwd="/",
                timeout=seconds,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return Outcome(-1, f"{argv[0]} did not end within {seconds:.0f} s")
        except OSError as error:
            return Outcome(127, f"{argv[0]}: {error.strerror}")
        said.seek(0)
        return Outcome(status, said.read(_MOST_OUTPUT).decode(errors="replace").strip())


def run_on_terminal(argv: list[str], *, seconds: float = 30) -> Outcome:
    """A program's end and all that it wrote to its terminal."""
    ours, theirs = pty.openpty()
    try:
        try:
            child = subprocess.Popen(
                argv, stdin=theirs, stdout=theirs, stderr=theirs, env=ENVIRONMENT, cwd="/", start_new_session=True
            )
        except OSError as error:
            return Outcome(127, f"{argv[0]}: {error.strerror}")
        finally:
            os.close(theirs)
        said = bytearray()
        deadline = time.monotonic() + seconds
        # A daemon that the program leaves behind may keep the terminal open: the program's end counts, not the terminal's.
        while child.poll() is None and time.monotonic() < deadline:
            _listen(ours, said, 0.02)
        if child.poll() is None:
            child.kill()
            child.wait()
            return Outcome(-1, f"{_plain(said)}\n{argv[0]} did not end within {seconds:.0f} s".strip())
        while _listen(ours, said, 0):
            pass
        return Outcome(child.returncode, _plain(said))
    finally:
        os.close(ours)


def until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Wait for a condition; whether it came true in time. It is looked at less and less often: to look at the kernel's
    table of sockets may take longer than a pause, and the daemon that is waited for wants the processor as well."""
    deadline = time.monotonic() + seconds
    pause = PAUSE
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return True


def executable_of(pid: int) -> str:
    """The program that a live process runs; empty for one that is gone or a zombie (which has none)."""
    try:
        return str(Path(f"/proc/{pid}/exe").readlink()).removesuffix(" (deleted)")
    except OSError:
        return ""


def directory_of(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return ""


def arguments_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def children_of(pid: int) -> list[int]:
    try:
        return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def pid_in(path: str) -> int | None:
    """The number in a pid file."""
    try:
        return int(Path(path).read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _listen(terminal: int, said: bytearray, seconds: float) -> bool:
    """Take what the terminal has; whether there was anything."""
    if not select.select([terminal], [], [], seconds)[0]:
        return False
    try:
        piece = os.read(terminal, 4096)
    except OSError:  # EIO: nobody holds the other side any more
        return False
    if len(said) < _MOST_OUTPUT:
        said += piece
    return bool(piece)


def _plain(said: bytearray) -> str:
    return said.decode(errors="replace").replace("\r\n", "\n").strip()

"""The first process inside a trial's namespaces, and the one outside that answers for it.

Started by the applier as a program of its own: `python -m fumibako.applier.cell HOME ADDRESS…`. It makes new mount, network
and process-id namespaces; the child that is process 1 there mounts HOME/trial over HOME/server, brings `lo` up, starts
the mail filter, Dovecot, then Postfix, tells by a line of JSON that all is up, and reaps orphans. When process 1 ends, the kernel kills all
that it has started and only then lets its parent know. The parent watches its standard input, whose other end the applier
holds: when that closes, because the trial is over or the applier was killed, process 1 is killed. So whatever happens,
nothing of a trial is left, and the lock that the parent holds is free only when nothing is.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path, PurePosixPath
from typing import Final

from fumibako.applier import namespaces
from fumibako.applier.daemons import DOVECOT
from fumibako.applier.programs import ENVIRONMENT, Outcome, run, run_on_terminal, until
from fumibako.channel.mail_filter import filter_answers
from fumibako.layout import FILTER_USER, Home

_REAP_EVERY: Final = 0.2
_FILTER_SECONDS: Final = 10.0


def main(arguments: list[str]) -> int:
    """Be the parent of process 1 until one of the two ends is there."""
    home, addresses = Home(PurePosixPath(arguments[0])), arguments[1:]
    lock = os.open(lock_path(home), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    namespaces.unshare(namespaces.NEW_MOUNTS | namespaces.NEW_NETWORK | namespaces.NEW_PIDS)
    child = os.fork()
    if child == 0:
        os.close(lock)
        namespaces.die_with_parent()
        os._exit(_first_process(home, addresses))
    _say({"first": child})
    os.close(1)  # only process 1 shall hold the line to the applier
    select.select([0, os.pidfd_open(child)], [], [])
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 0


def lock_path(home: Home) -> str:
    """The file that is locked as long as anything of a trial lives."""
    return f"{home.applier}/trial.lock"


def _first_process(home: Home, addresses: list[str]) -> int:
    try:
        namespaces.mount_over(str(home.trial), str(home.server))
        namespaces.bring_up_loopback(addresses)
    except OSError as error:
        _say({"failed": "namespace", "text": str(error)})
        return 1
    _start_filter(home)
    for name, boot in (("dovecot", _boot_dovecot), ("postfix", _boot_postfix), ("filter", _await_filter)):
        outcome = boot(home)
        if outcome.status != 0:
            _say({"failed": name, "text": outcome.text})
            return 1
    _say({"up": True})
    while True:
        time.sleep(_REAP_EVERY)
        _reap()


def _start_filter(home: Home) -> None:
    """A filter of the trial's own, which reads the candidate's configuration and look-ups (docs/decisions: 0007)."""
    with Path(home.server_log / "filter.log").open("wb") as log:
        subprocess.Popen(
            [sys.executable, "-I", "-m", "fumibako.mailfilter", "--home", str(home.root), "--workers", "1"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=ENVIRONMENT,
            cwd="/",
            user=FILTER_USER,
            group=FILTER_USER,
            extra_groups=["postfix"],
            umask=0o007,
        )


def _await_filter(home: Home) -> Outcome:
    if until(lambda: filter_answers(home, patience=_FILTER_SECONDS), seconds=_FILTER_SECONDS):
        return Outcome(0, "")
    return Outcome(1, Path(home.server_log / "filter.log").read_text(errors="replace")[-2000:])


def _boot_dovecot(home: Home) -> Outcome:
    return run([DOVECOT, "-c", str(home.dovecot_conf)])


def _boot_postfix(home: Home) -> Outcome:
    return run_on_terminal(["/usr/sbin/postfix", "-c", str(home.postfix), "start"])


def _reap() -> None:
    """Take the ends of orphans; as process 1 nobody else does."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

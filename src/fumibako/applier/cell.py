"""The first process inside a trial's namespaces: it boots the candidate, reaps what it leaves behind, and ends everything.

Started by the applier as a program of its own: `python -m fumibako.applier.cell HOME ADDRESS…`. It makes new mount, network
and process-id namespaces; the child that is process 1 there mounts HOME/trial over HOME/server, brings `lo` up, starts
Dovecot, then Postfix, and prints one line of JSON. It lives until its standard input closes. When process 1 ends, the kernel
kills all that it has started, so whatever happens to the applier, nothing of a trial is left.
"""

from __future__ import annotations

import json
import os
import select
import sys
from pathlib import PurePosixPath
from typing import Final

from fumibako.applier import namespaces
from fumibako.applier.daemons import DOVECOT
from fumibako.applier.programs import Outcome, run, run_on_terminal
from fumibako.layout import Home

_REAP_EVERY: Final = 0.2


def main(arguments: list[str]) -> int:
    """Be the parent of process 1; its end is ours."""
    home, addresses = Home(PurePosixPath(arguments[0])), arguments[1:]
    namespaces.unshare(namespaces.NEW_MOUNTS | namespaces.NEW_NETWORK | namespaces.NEW_PIDS)
    child = os.fork()
    if child == 0:
        namespaces.die_with_parent()
        os._exit(_first_process(home, addresses))
    _say({"first": child})
    # Only process 1 shall hold the line to the applier.
    os.close(0)
    os.close(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _first_process(home: Home, addresses: list[str]) -> int:
    try:
        namespaces.mount_over(str(home.trial), str(home.server))
        namespaces.bring_up_loopback(addresses)
    except OSError as error:
        _say({"failed": "namespace", "text": str(error)})
        return 1
    for name, outcome in (("dovecot", _boot_dovecot(home)), ("postfix", None)):
        done = outcome or run_on_terminal(["/usr/sbin/postfix", "-c", str(home.postfix), "start"])
        if done.status != 0:
            _say({"failed": name, "text": done.text})
            return 1
    _say({"up": True})
    while not select.select([0], [], [], _REAP_EVERY)[0]:
        _reap()
    return 0


def _boot_dovecot(home: Home) -> Outcome:
    return run([DOVECOT, "-c", str(home.dovecot_conf)])


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

"""Up and down.

`start` first clears away what a crash or a reboot has left of this home, and of no other: half of a process tree, sockets
nobody listens on, a pid file whose number belongs to somebody else by now. Postfix and Dovecot that are whole go on
serving meanwhile. `stop` leaves no process of the home, whatever state it was in.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fumibako.channel.applier import ApplierChannel, ApplierError
from fumibako.home import units
from fumibako.home.closed import require_readable_code
from fumibako.home.facts import HomeFacts
from fumibako.home.filter_key import ensure_filter_key
from fumibako.home.inside import interpreter
from fumibako.home.listening import console_findings
from fumibako.home.processes import Process, end, processes_of, wait_for_end
from fumibako.home.refusal import Refused, refused
from fumibako.home.supervise import configuration, configuration_path
from fumibako.home.supervision import Supervisor
from fumibako.home.tree import make_tree
from fumibako.layout import Home

_MAIL: Final = frozenset({"postfix", "dovecot"})


@contextlib.contextmanager
def changing(home: Home) -> Iterator[None]:
    """Only one `up` or `down` of a home at a time; the second waits for the first."""
    with Path(home.applier / "life.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start(home: Home, facts: HomeFacts) -> subprocess.Popen[bytes] | None:
    """Start the home's processes; None when they run already. Does not wait until they serve."""
    require_readable_code()
    if units.governs(home):
        # Two keepers of the same processes would end and start them in turn.
        raise refused(
            "systemd-governs",
            units.TARGET,
            f"systemd runs this home: systemctl start {units.TARGET}",
            f"このホームは systemd が管理しています: systemctl start {units.TARGET}",
        )
    if Supervisor(home).answers():
        return None
    make_tree(Path(home.root))
    ensure_filter_key(Path(home.root))
    clear_remains(home)
    findings = console_findings(facts.console_port, facts.console_listen)
    if findings:
        raise Refused(findings)
    configuration_file = configuration_path(home)
    new = configuration_file.with_name("supervisord.conf.new")
    new.unlink(missing_ok=True)
    new.write_text(configuration(home))
    new.replace(configuration_file)
    return _spawned(home)


def _spawned(home: Home) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C in the terminal is for `up`, which then stops things in their order.
    with Path(home.log / "supervisord.err").open("wb") as said:
        child = subprocess.Popen(
            [interpreter(), "-I", "-m", "fumibako.home.supervise", "--home", str(home.root)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=environment(),
            cwd="/",
            start_new_session=True,
        )
    supervisor = Supervisor(home)
    deadline = time.monotonic() + 15
    while not supervisor.answers():
        if child.poll() is not None or time.monotonic() > deadline:
            end([process for process in processes_of(home) if process.kind not in _MAIL], 1.0)
            said_lines = Path(home.log / "supervisord.err").read_text(errors="replace").strip().splitlines()
            last = said_lines[-1] if said_lines else f"exit status {child.poll()}"
            raise refused(
                "supervisor-failed",
                str(home.log / "supervisord.err"),
                f"The processes could not be started: {last}",
                f"プロセスを起動できません: {last}",
            )
        time.sleep(0.03)
    return child


def environment() -> dict[str, str]:
    """What our processes see of the caller's environment: nothing that would make them behave in another way than at
    the next boot, but for our own variables."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("FUMIBAKO_") or name == "TZ"}
    kept.pop("FUMIBAKO_HOME", None)
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {**kept, "PATH": path, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": "/root"}


def clear_remains(home: Home) -> None:
    """End what a dead supervisor has left, and remove the traces of processes that are no more."""
    left = processes_of(home)
    end(_without_mail(left), 2.0)
    for family in ("postfix", "dovecot"):
        members = [process for process in left if process.kind == family]
        if any(process.leads and process.alive() for process in members):
            continue
        # Without their master they can neither be asked to reload nor be told from those of the next master.
        end(members, 1.0)
        if family == "dovecot":
            # Dovecot believes the number in its pid file whosever it is by now; Postfix asks the kernel for a lock.
            Path(home.dovecot / "master.pid").unlink(missing_ok=True)
    for socket in (home.applier_socket, home.node_socket, home.console_socket, home.supervisor_socket):
        Path(socket).unlink(missing_ok=True)
    Path(home.run / "supervisord.pid").unlink(missing_ok=True)


def stop(home: Home) -> bool:
    """Stop everything; False when nothing ran. Mail in the queue stays in the queue, and that mail was wanted stays
    written: it is back as soon as the next applier is.

    Our own processes go first, because the applier would start again what dies. Then the masters of Postfix and Dovecot
    get the signal that their own `stop` commands send, without the seconds those sleep between two looks.
    """
    ours = processes_of(home)
    if not ours:
        return False
    supervisor = Supervisor(home)
    supervisor.stop("node", "applier", "console", "filter")
    supervisor.shutdown()
    _soon_gone([process for process in ours if process.kind == "applier"])
    masters = [process for process in processes_of(home) if process.leads]
    # Postfix first: its smtpd would stumble over a Dovecot that is gone.
    for family in ("postfix", "dovecot"):
        for master in masters:
            if master.kind == family:
                master.signal(signal.SIGTERM)
    # A thread of the console may be waiting for a run; its database does not mind being left in the middle.
    _soon_gone(_without_mail(ours))
    wait_for_end(masters, 1.5)
    wait_for_end(processes_of(home), 0.3)
    end(processes_of(home), 0.3)
    return True


def _soon_gone(processes: list[Process]) -> None:
    for process in wait_for_end(processes, 1.0):
        process.signal(signal.SIGKILL)


def start_mail(home: Home) -> bool:
    """Ask the applier to start Postfix and Dovecot where somebody has had them stopped and something can serve."""
    try:
        channel = ApplierChannel(home.applier_socket, timeout=30.0)
        seen = channel.observe()
        if seen.serving is not None and not (seen.postfix.wanted and seen.dovecot.wanted):
            channel.start()
    except ApplierError:
        return False
    return True


def _without_mail(processes: list[Process]) -> list[Process]:
    return [process for process in processes if process.kind not in _MAIL]

"""`python -m fumibako.applier --home HOME`: the root process in the foreground, log on standard error.

`--stop-mail` stops Postfix and Dovecot, by the running applier where there is one, and goes; whether mail is wanted stays as
it is, so the next start of the applier brings them up again.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import threading
from pathlib import Path, PurePosixPath
from types import FrameType

from fumibako.applier.keeper import Keeper
from fumibako.applier.server import Server
from fumibako.applier.verbs import Verbs
from fumibako.applier.wanted import Wanted
from fumibako.channel.applier import ApplierAway, ApplierChannel, ApplierError
from fumibako.layout import Home


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m fumibako.applier", description="The root process of one home.")
    parser.add_argument("--home", required=True, help="directory of the home")
    parser.add_argument("--stop-mail", action="store_true", help="stop Postfix and Dovecot, then exit")
    options = parser.parse_args(arguments)
    home = Home(PurePosixPath(Path(options.home).resolve()))
    if os.geteuid() != 0:
        sys.stderr.write("The applier must run as root.\n")
        return 1
    if not Path(home.applier).is_dir():
        sys.stderr.write(f"There is no home in {home.root}.\n")
        return 1
    os.umask(0o022)
    return _stop_mail(home) if options.stop_mail else _serve(home)


def _stop_mail(home: Home) -> int:
    before = Wanted(home).value
    try:
        ApplierChannel(home.applier_socket).stop()
    except ApplierAway:
        Verbs(home).stop_mail()
    except ApplierError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if before:
        Wanted(home).set(True)
    return 0


def _serve(home: Home) -> int:
    lock = os.open(f"{home.applier}/lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.stderr.write("Another applier serves this home.\n")
        return 1
    verbs = Verbs(home)
    verbs.generations.sweep()
    server = Server(home, verbs)

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    keeper = Keeper(
        (verbs.dovecot, verbs.postfix),
        lock=verbs.changing,
        wanted=lambda: verbs.wanted.value and verbs.generations.serving() is not None,
        start=verbs.start_daemon,
        also=verbs.end_idle_trial,
    )
    keeper.start()
    sys.stderr.write(f"serving {home.root}\n")
    threading.Thread(target=server.serve, daemon=True, name="server").start()
    try:
        while True:
            signal.pause()
    finally:
        # Postfix and Dovecot stay: they are not ours to take along.
        server.close()
        Path(home.applier_socket).unlink(missing_ok=True)
        with verbs.changing:
            verbs.trials.end()


if __name__ == "__main__":
    sys.exit(main())

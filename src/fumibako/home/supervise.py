"""`python -m fumibako.home.supervise --home DIR`: the parent of a home's processes, where there is no systemd.

It enters the home's mount namespace, if the home needs one, and becomes supervisord (PyPI `supervisor`), which starts
applier, mail filter, agent and console, starts them again within a second when they die, and keeps their logs.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fumibako.home.closed import code_trees, covers, enter
from fumibako.home.facts import home_at
from fumibako.home.inside import interpreter
from fumibako.home.processes import MARK
from fumibako.home.refusal import Refused
from fumibako.layout import CONSOLE_USER, FILTER_USER, NODE_USER, Home

# The applier first: it brings Dovecot and Postfix up, which is what people wait for.
# gunicorn waits a second and more for idle browsers when it is asked with TERM.
PROGRAMS: Final[tuple[tuple[str, str, str, str, str], ...]] = (
    ("applier", "fumibako.applier", "root", "077", "TERM"),
    ("filter", "fumibako.mailfilter", FILTER_USER, "007", "TERM"),
    ("node", "fumibako.node", NODE_USER, "007", "TERM"),
    ("console", "fumibako.console", CONSOLE_USER, "007", "QUIT"),
)


def configuration_path(home: Home) -> Path:
    return Path(home.run / "supervisord.conf")


def configuration(home: Home) -> str:
    """supervisord's file for a home. A process counts as started at once; one that dies in its first second is tried
    again after one second, two, and so on up to five (`fumibako.home.crashes`), for ever."""
    parts = [
        f"""[supervisord]
nodaemon = true
user = root
umask = 022
identifier = fumibako
directory = /
pidfile = {home.run}/supervisord.pid
logfile = {home.log}/supervisord.log
logfile_maxbytes = 1MB
logfile_backups = 2
childlogdir = {home.log}
environment = {MARK}="{home.root}"

[unix_http_server]
file = {home.supervisor_socket}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[rpcinterface:fumibako]
supervisor.rpcinterface_factory = fumibako.home.crashes:make_rpcinterface
"""
    ]
    for priority, (name, module, user, umask, signal) in enumerate(PROGRAMS, start=1):
        argv = [interpreter(), "-I", "-m", module, "--home", str(home.root)]
        # supervisord expands %(name)s, and splits as a shell would.
        command = shlex.join(argv).replace("%", "%%")
        parts.append(
            f"""
[program:{name}]
command = {command}
user = {user}
umask = {umask}
directory = /
priority = {priority}
autorestart = true
startsecs = 1
startretries = 1000000000
stopsignal = {signal}
stopwaitsecs = 5
redirect_stderr = true
stdout_logfile = {home.log}/{name}.log
stdout_logfile_maxbytes = 2MB
stdout_logfile_backups = 3
"""
        )
    return "".join(parts)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="fumibako.home.supervise")
    parser.add_argument("--home", required=True)
    asked = parser.parse_args(argv)
    try:
        home = home_at(asked.home)
        enter(covers([Path(home.root), *code_trees()]))
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    from supervisor import supervisord

    supervisord.main(["-n", "-c", str(configuration_path(home))])
    return 0


if __name__ == "__main__":
    sys.exit(main())

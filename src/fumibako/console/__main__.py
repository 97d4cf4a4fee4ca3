"""`python -m fumibako.console --home HOME`: becomes gunicorn, on TCP and on the home's Unix socket, TLS on both."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from fumibako.home.facts import HomeFacts, home_at, read_facts
from fumibako.layout import Home

THREADS = 16


def argv(home: Home, facts: HomeFacts) -> list[str]:
    """gunicorn's command line.

    One worker, so that waiting threads and counters share one process. Threads beyond what people need: some may wait
    for the agent while the agent itself must still get through. The Unix socket takes the process's umask and group:
    the agent is a member of it.
    """
    tls = home.console / "tls"
    hosts = [f"[{address}]" if ":" in address else address for address in facts.console_listen]
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "fumibako.console.wsgi:application",
        *(f"--bind={host}:{facts.console_port}" for host in hosts),
        f"--bind=unix:{home.console_socket}",
        f"--certfile={tls / 'cert.pem'}",
        f"--keyfile={tls / 'key.pem'}",
        "--workers=1",
        "--worker-class=gthread",
        f"--threads={THREADS}",
        "--umask=7",
        "--timeout=120",
        "--graceful-timeout=5",
        "--keep-alive=5",
        "--no-control-socket",
        "--worker-tmp-dir=/dev/shm",
        "--forwarded-allow-ips=",
        "--log-level=warning",
        "--no-sendfile",
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m fumibako.console", description=__doc__)
    parser.add_argument("--home", required=True)
    home = home_at(parser.parse_args(arguments).home)
    command = argv(home, read_facts(home))
    environment = os.environ | {"FUMIBAKO_HOME": str(home.root), "DJANGO_SETTINGS_MODULE": "fumibako.console.settings"}
    os.execve(command[0], command, environment)  # noqa: S606 - no shell: this process becomes gunicorn


if __name__ == "__main__":
    main()

"""What it costs to be asked: `explain` on the live server, and a plan's behaviour view of a change of a hundred entries.

    .venv/bin/python -m bench.asking

A home of its own on loopback with real Postfix and Dovecot, asked as an administrator's script asks it, and removed.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from typing import Any

from bench.table import Table
from fumibako.channel.console import ConsoleChannel
from tests.homes import new_home

EXPLAIN, BEHAVIOUR = 0.100, 5.0  # seconds
_ASKED = 60
_PLANS = 3


def main() -> int:
    table = Table()
    with new_home() as home:
        home.up()
        home.add_account("hanako@example.jp")
        channel = ConsoleChannel(home.layout.console_socket)
        explain(channel, table)
        behaviour(channel, table)
    return 1 if table.missed else 0


def explain(channel: ConsoleChannel, table: Table) -> None:
    """From the request over REST until the answer."""
    took = []
    for number in range(_ASKED):
        body = {"from": f"a{number}@far.example", "to": "hanako@example.jp", "client": f"198.51.100.{number + 1}"}
        begun = time.monotonic()
        answer = channel.request("POST", "/api/v1/explain", body)
        took.append(time.monotonic() - begun)
        assert answer["verdict"] == "accept", answer
    worst = f"slowest {max(took):.3f} s"
    table.line("explain on the live server, median", statistics.median(took), "s", EXPLAIN, worst)


def behaviour(channel: ConsoleChannel, table: Table) -> None:
    """The step that tries the candidate without the time that it takes to boot: all questions to both servers."""
    for name, paths in _CHANGES.items():
        edits = [{"path": path.format(number), "now": now} for number, (path, now) in enumerate(paths)]
        took: list[float] = []
        for _ in range(_PLANS):
            result: dict[str, Any] = channel.request("POST", "/api/v1/plan", {"edits": edits})
            assert result["outcome"] == "planned", result
            step = next(each for each in result["steps"] if each["name"] == "try")
            up = re.search(r"([0-9.]+) s", step["text"])
            assert up, step
            took.append(step["seconds"] - float(up[1]))
        changed = sum(row["changed"] for row in result["behaviour"])
        more = f"{changed} answers change; slowest {max(took):.1f} s, the last boot took {up[1]} s"
        table.line(f"behaviour view of {name}", statistics.median(took), "s", BEHAVIOUR, more)


_CLIENT = ("access.permitted_clients[10.{}.0.0/24]", True)
_SENDER = ("spam.blocked_senders[@s{}.example]", True)
_ROUTE = ("relay.domains[d{}.example]", {"host": "192.0.2.1", "port": 25, "tls": "none"})
_ALIAS = ("aliases/a{}@example.jp", {"targets": ["hanako@example.jp"]})
_ACCOUNT = ("accounts/b{}@example.jp", {})
_DOMAIN = ("domains/d{}.test", {})
_CHANGES: dict[str, list[tuple[str, Any]]] = {
    "100 clients": [_CLIENT] * 100,
    "100 senders": [_SENDER] * 100,
    "100 routes": [_ROUTE] * 100,
    "100 aliases": [_ALIAS] * 100,
    "100 accounts": [_ACCOUNT] * 100,
    "100 domains": [_DOMAIN] * 100,
    "100 entries of all kinds": [_CLIENT, _SENDER, _ROUTE, _ALIAS, _ACCOUNT] * 20,
    "5,000 senders and aliases": [_SENDER, _ALIAS] * 2500,
}


if __name__ == "__main__":
    sys.exit(main())

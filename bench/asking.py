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
_ENTRIES = 100
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
    clients = [f"access.permitted_clients[10.{number}.0.0/24]" for number in range(_ENTRIES // 2)]
    senders = [f"spam.blocked_senders[@s{number}.example]" for number in range(_ENTRIES // 2)]
    edits = [{"path": path, "now": True} for path in (*clients, *senders)]
    for _ in range(_PLANS):
        result: dict[str, Any] = channel.request("POST", "/api/v1/plan", {"edits": edits})
        assert result["outcome"] == "planned", result
        step = next(each for each in result["steps"] if each["name"] == "try")
        up = re.search(r"([0-9.]+) s", step["text"])
        assert up, step
        boot = float(up[1])
        changed = sum(row["changed"] for row in result["behaviour"])
        more = f"{changed} answers change; the boot took {boot:.1f} s"
        table.line(f"behaviour view of {_ENTRIES} entries", step["seconds"] - boot, "s", BEHAVIOUR, more)


if __name__ == "__main__":
    sys.exit(main())

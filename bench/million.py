"""A running home with a million accounts and as many mailboxes that hold something: is it still as quick as with ten?

    .venv/bin/python -m bench.million [ACCOUNTS]

The accounts come through the API, their usage as Dovecot writes it. Then, with real mail and real log-ins: one account more until
it is used, one limit, and how soon a mailbox that grew stands in the list. Some minutes.
"""

from __future__ import annotations

import itertools
import smtplib
import sqlite3
import statistics
import sys
import time
from contextlib import closing
from typing import Any

from bench.bulk import done, served
from bench.house import accepted, logged_in
from bench.table import Table
from fumibako.channel.console import ConsoleChannel
from fumibako.node.database_files import transaction
from fumibako.store.chunks import chunks
from tests.homes import PASSWORD, TestedHome

ACCOUNTS = 1_000_000
AT_ONCE = 100_000
EDIT, SEEN, PAGE = 1.0, 10.0, 50.0  # seconds, seconds, milliseconds
TIMES = 5
TELLING = 900.0  # seconds that the console may take to hear of all mailboxes


def main(accounts: int = ACCOUNTS) -> int:
    table = Table()
    with served() as (home, console):
        ten(home, console, table)
        names = [f"user{number:07}@example.jp" for number in range(accounts)]
        filled(home, console, names, table)
        ten(home, console, table, first=100)
        pages(console, names, table)
        seen(home, console, names[len(names) // 2], table)
    return 1 if table.missed else 0


def ten(home: TestedHome, console: ConsoleChannel, table: Table, first: int = 0) -> None:
    """An account until it is used, and a limit: in a home of few accounts, and in a full one."""
    added, limited = [], []
    for number in range(first, first + TIMES):
        address = f"one{number}@example.jp"
        begun = time.monotonic()
        done(console.request("POST", "/api/v1/accounts", {"address": address, "password": PASSWORD}))
        accepted(home, address)
        logged_in(home, address)
        added.append(time.monotonic() - begun)
        begun = time.monotonic()
        done(console.request("PUT", f"/api/v1/quotas/{address}", {"quota_mb": 100}))
        limited.append(time.monotonic() - begun)
    among = "a million" if first else "few"
    table.line(f"among {among}: account added, mail accepted, logged in", statistics.median(added), "s", EDIT)
    table.line(f"among {among}: one limit, applied", statistics.median(limited), "s", EDIT)


def filled(home: TestedHome, console: ConsoleChannel, names: list[str], table: Table) -> None:
    begun = time.monotonic()
    for chunk in chunks(names, AT_ONCE):
        edits = [{"path": f"accounts/{name}", "now": {"quota_mb": 1000}} for name in chunk]
        done(console.request("POST", "/api/v1/apply", {"edits": edits}))
    table.line(f"{len(names):,} accounts, added and applied", time.monotonic() - begun, "s")
    begun = time.monotonic()
    for chunk in chunks(enumerate(names), AT_ONCE):
        with transaction(home.layout.usage_db) as database:  # type: ignore[arg-type]  # a path of ours
            database.executemany(
                "INSERT INTO usage (username, bytes, messages) VALUES (?, ?, ?)",
                [(name, number * 997 % 900_000_000, number % 50 + 1) for number, name in chunk],
            )
    last = names[-1]
    while not _listed(console, last)["usage_bytes"]:
        assert time.monotonic() - begun < TELLING, "the console has not heard of all mailboxes"
        time.sleep(1)
    table.line("usage of all of them written and heard of", time.monotonic() - begun, "s")
    with closing(sqlite3.connect(f"file:{home.layout.usage_db}?mode=ro", uri=True)) as database:
        assert database.execute("SELECT count(*) FROM usage").fetchone()[0] >= len(names)


def pages(console: ConsoleChannel, names: list[str], table: Table) -> None:
    """Through the API, the way to the console with it."""
    asked = {
        "by usage, most first": "sort=-usage",
        "search": f"search={names[777][:9]}",
        "initial": "initial=u&sort=usage",
    }
    for what, query in asked.items():
        took = []
        for _ in range(TIMES * 2):
            begun = time.monotonic()
            console.request("GET", f"/api/v1/quotas?{query}&limit=50")
            took.append((time.monotonic() - begun) * 1000)
        table.line(f"list of mailboxes, {what}", statistics.median(took), "ms", PAGE)


def seen(home: TestedHome, console: ConsoleChannel, address: str, table: Table) -> None:
    """Mail comes in all the time; from each one's acceptance until the list shows it."""
    waits = []
    for _ in itertools.repeat(None, TIMES):
        before = _listed(console, address)["usage_bytes"]
        with smtplib.SMTP("127.0.0.1", home.port("smtp"), timeout=10) as line:
            line.sendmail("", [address], f"To: {address}\r\nSubject: bench\r\n\r\nHello\r\n")
        begun = time.monotonic()
        while _listed(console, address)["usage_bytes"] == before:
            assert time.monotonic() - begun < 60
            time.sleep(0.05)
        waits.append(time.monotonic() - begun)
    table.line("mail accepted, until the list says so", statistics.median(waits), "s", SEEN)


def _listed(console: ConsoleChannel, address: str) -> Any:
    return console.request("GET", f"/api/v1/quotas/{address}")


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

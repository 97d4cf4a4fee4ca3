"""A hundred thousand accounts at once: added, given a limit in one draft and one apply, and one edit beside them.

    .venv/bin/python -m bench.bulk [ACCOUNTS]

On a home of its own, through the API: from the request to the answer that says it is live.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.table import Table
from fumibako.channel.console import ConsoleChannel
from tests.homes import TestedHome, new_home

ACCOUNTS = 100_000
ADDED, LIMITED, ONE = 30.0, 5.0, 1.0  # seconds
LIMIT = 500  # MBytes
HASH = "{SHA512-CRYPT}$6$saltsaltsaltsalt$" + "x" * 86


def main(accounts: int = ACCOUNTS) -> int:
    table = Table()
    with served() as (home, console):
        names = [f"user{number:06}@example.jp" for number in range(accounts)]

        begun = time.monotonic()
        done(console.request("POST", "/api/v1/apply", {"edits": [_edit(f"accounts/{name}", {}) for name in names]}))
        table.line(f"{accounts:,} accounts, added and applied", time.monotonic() - begun, "s", ADDED)

        begun = time.monotonic()
        console.request("POST", "/api/v1/quotas?draft=true", {"quota_mb": LIMIT - 1, "addresses": names})
        between = time.monotonic()
        result = done(console.request("POST", "/api/v1/apply", {"draft": True}))
        more = f"staged {between - begun:.1f}, applied {time.monotonic() - between:.1f} ({_steps(result)})"
        table.line(f"{accounts:,} limits, staged and applied", time.monotonic() - begun, "s", more=more)
        assert limits(home) == {LIMIT - 1: accounts}

        begun = time.monotonic()
        result = done(console.request("POST", "/api/v1/quotas", {"quota_mb": LIMIT, "addresses": names}))
        table.line(f"{accounts:,} limits, applied at once", time.monotonic() - begun, "s", LIMITED, _steps(result))
        assert limits(home) == {LIMIT: accounts}

        begun = time.monotonic()
        done(console.request("POST", "/api/v1/apply", {"edits": [_edit(f"accounts/{names[7]}/quota_mb", None)]}))
        table.line("one limit beside them, applied", time.monotonic() - begun, "s", ONE)
        assert limits(home) == {LIMIT: accounts - 1, None: 1}

        begun = time.monotonic()
        rows = "".join(f"csv{number:06}@example.jp,山田花子,{HASH},100,true\n" for number in range(accounts))
        text = "address,name,password_hash,quota_mb,enabled\n" + rows
        done(console.request("POST", "/api/v1/csv/accounts", {"csv": text}))
        table.line(f"{accounts:,} accounts with hashes from a CSV file, applied", time.monotonic() - begun, "s", ADDED)
    return 1 if table.missed else 0


@contextmanager
def served() -> Iterator[tuple[TestedHome, ConsoleChannel]]:
    """A home that runs and has a domain, and a line to its console."""
    with new_home() as home:
        home.up()
        home.add_domain("example.jp")
        yield home, ConsoleChannel(home.layout.console_socket, timeout=300)


def _steps(result: Any) -> str:
    return ", ".join(f"{step['name']} {step['seconds']:.1f}" for step in result["steps"] if step["seconds"] >= 0.05)


def done(result: Any) -> Any:
    assert result["outcome"] == "applied", result["findings"]
    return result


def limits(home: TestedHome) -> dict[int | None, int]:
    """How many accounts Dovecot sees with which limit."""
    with sqlite3.connect(f"file:{home.layout.passwords_db}?mode=ro", uri=True) as database:
        return dict(database.execute("SELECT quota_mb, count(*) FROM accounts GROUP BY quota_mb"))


def _edit(path: str, now: Any) -> dict[str, Any]:
    return {"path": path, "now": now}


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

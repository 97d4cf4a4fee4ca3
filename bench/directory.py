"""A store with a million accounts, made fast: the rows that the console would have, with usage, names and limits.

    .venv/bin/python -m bench.directory FILE [ACCOUNTS]

FILE becomes the database of a console that has only these rows.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from fumibako.features.quotas.initials import initial_of, kana_of

ACCOUNTS = 1_000_000
DOMAINS = ("example.jp", "example.com", "people.example.org")
_FIRST = [
    "さとう",
    "すずき",
    "たかはし",
    "たなか",
    "いとう",
    "わたなべ",
    "やまもと",
    "なかむら",
    "こばやし",
    "かとう",
    "山田花子",
    "Yamada",
    "ヨシダ",
]
_LETTERS = "aaabcdeffghhhiijkkkkllmmmmmnnnnopqrssssstttttuvwxyyyyz0123456789_"


def fill(path: Path, accounts: int = ACCOUNTS) -> None:
    """Fill an empty, migrated SQLite database with accounts."""
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.executemany(
            "INSERT INTO store_domain (id, name, accounts, aliases) VALUES (?, ?, ?, 0)",
            [(1 + at, name, 0) for at, name in enumerate(DOMAINS)],
        )
        names = "domain_id, address, name, password_hash, quota_mb, enabled, usage_bytes, usage_messages, initial, kana"
        known = {row[1]: row for row in database.execute("PRAGMA table_info(store_account)")}
        more = {name: row for name, row in known.items() if name not in (*names.split(", "), "id")}
        defaults = [_default(kind, bool(needed)) for _, _, kind, needed, *_ in more.values()]
        every = ", ".join([names, *more])
        marks = ", ".join("?" * (10 + len(more)))
        rows = list(_rows(accounts))
        # An index is made faster of all rows at once than row by row.
        indexes = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'store_account' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        database.executemany(
            f"INSERT INTO store_account ({every}) VALUES ({marks})",  # our own columns
            ((*row, *defaults) for row in rows),
        )
        for _, sql in indexes:
            database.execute(sql)
        letters = Counter(letter for row in rows for letter in row[8:10] if letter)
        database.execute("DELETE FROM store_initial")
        database.executemany("INSERT INTO store_initial (letter, rows) VALUES (?, ?)", letters.items())
        for domain, number in Counter(row[0] for row in rows).items():
            database.execute("UPDATE store_domain SET accounts = ? WHERE id = ?", (number, domain))
        database.execute("DELETE FROM store_tally")
        database.executemany(
            'INSERT INTO store_tally ("table", rows) VALUES (?, ?)', [("domains", len(DOMAINS)), ("accounts", accounts)]
        )
    with sqlite3.connect(path) as database:
        database.execute("ANALYZE")


def _rows(accounts: int) -> Iterator[tuple[int, str, str, None, int | None, int, int, int, str, str]]:
    chance = random.Random(3)
    for number in range(accounts):
        domain = number % len(DOMAINS)
        address = f"{chance.choice(_LETTERS)}{chance.choice(_LETTERS)}{number:06}@{DOMAINS[domain]}"
        name = chance.choice(_FIRST)
        limit = chance.choice((None, 100, 500, 1000, 5000))
        # Many have nothing, a few have very much.
        used = 0 if chance.random() < 0.3 else int(chance.paretovariate(0.7) * 20_000)
        yield domain + 1, address, name, None, limit, 1, used, used // 5000, initial_of(address), kana_of(name)


def _default(kind: str, needed: bool) -> object:
    """What stands in a column that this knows nothing of: switches are on."""
    if not needed:
        return None
    return 1 if kind == "bool" else 0 if "int" in kind.lower() else ""


def migrate(path: Path) -> None:
    """A new database with the console's tables."""
    script = (
        "import sys, django; from django.conf import settings; settings.DATABASES['default']['NAME'] = sys.argv[1];"
        "django.setup(); from django.core.management import call_command; call_command('migrate', verbosity=0)"
    )
    path.unlink(missing_ok=True)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.django_settings"}
    subprocess.run([sys.executable, "-c", script, str(path)], env=environment, check=True)


def main(target: str, accounts: str = str(ACCOUNTS)) -> int:
    migrate(Path(target))
    fill(Path(target), int(accounts))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

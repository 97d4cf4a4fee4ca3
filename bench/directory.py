"""A store with a million accounts and as many aliases: the rows that the console would have, with usage, names and limits.

    .venv/bin/python -m bench.directory FILE [ROWS]

FILE becomes the database of a console that has only these rows. They are put there by the store itself, some minutes for all.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

ROWS = 1_000_000
DOMAINS = ("example.jp", "example.com", "people.example.org")
_CHUNK = 50_000
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


def open_store(path: Path) -> None:
    """Let this process be a console over that database."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.django_settings"
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = str(path)
    import django

    django.setup()


def fill(rows: int = ROWS) -> None:
    """Make the open store's database anew, with so many accounts and so many aliases."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from fumibako.schema.edit import Edit
    from fumibako.store import directory
    from fumibako.store.chunks import chunks
    from fumibako.store.insertion import update
    from fumibako.store.models import Account

    Path(connection.settings_dict["NAME"]).unlink(missing_ok=True)
    call_command("migrate", verbosity=0)
    chance = random.Random(3)
    directory.write([Edit(("domains", name), None, {}) for name in DOMAINS])
    addresses = []
    for chunk in chunks(_accounts(rows, chance), _CHUNK):
        used = [(_used(chance), address) for address, _ in chunk]
        with transaction.atomic():
            directory.write([Edit(("accounts", address), None, row) for address, row in chunk])
            update(Account, "usage_bytes", "address", used)
        addresses += [address for address, _ in chunk]
    for numbers in chunks(range(rows), _CHUNK):
        with transaction.atomic():
            edits = [_alias(number, chance.choice(addresses)) for number in numbers]
            directory.write([Edit(("aliases", alias), None, {"targets": targets}) for alias, targets in edits])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _accounts(number: int, chance: random.Random) -> Iterator[tuple[str, dict[str, object]]]:
    for each in range(number):
        letters = chance.choice(_LETTERS) + chance.choice(_LETTERS)
        limit = chance.choice((None, 100, 500, 1000, 5000))
        yield f"{letters}{each:06}@{DOMAINS[each % len(DOMAINS)]}", {"name": chance.choice(_FIRST), "quota_mb": limit}


def _alias(number: int, target: str) -> tuple[str, list[str]]:
    """One in four leads to somebody elsewhere as well."""
    more = [f"friend{number}@elsewhere.example"] if number % 4 == 0 else []
    return f"{_LETTERS[number * 7 % len(_LETTERS)]}alias{number:07}@{DOMAINS[number % len(DOMAINS)]}", [target, *more]


def _used(chance: random.Random) -> int:
    """Many have nothing, a few have very much."""
    return 0 if chance.random() < 0.3 else int(chance.paretovariate(0.7) * 20_000)


def main(target: str, rows: str = str(ROWS)) -> int:
    open_store(Path(target))
    fill(int(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""After random edits, rollbacks and kills, Postfix's and Dovecot's look-ups are those of the directory, row for row."""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fumibako.channel.console import ConsoleChannel
from fumibako.document.lookups import DIRECTORY_TABLES
from fumibako.node.lookups import Lookups
from fumibako.wire.console import DIRECTORY, DirectoryPage
from tests.homes import TestedHome, new_home

ROUNDS = 36
DOMAINS = ("example.jp", "example.com")
NAMES = [f"{name}@{domain}" for name in ("hanako", "taro", "jiro", "yuki", "ken") for domain in DOMAINS]
LIMITS = (None, 1, 100, 5000)
Edits = list[dict[str, Any]]


@pytest.fixture(scope="module")
def home() -> Iterator[TestedHome]:
    with new_home() as made:
        made.up()
        for name in DOMAINS:
            made.add_domain(name)
        yield made


class Clerk:
    """Changes the directory at random, by one request each."""

    def __init__(self, home: TestedHome) -> None:
        self.home = home
        self.console = ConsoleChannel(home.layout.console_socket)
        self.chance = random.Random(20261124)

    def there(self, table: str) -> set[str]:
        return {key for key, _ in self.page(table, None).rows}

    def page(self, table: str, after: str | None) -> DirectoryPage:
        query: dict[str, str | int] = {"table": table, "limit": 1000, "after": after or ""}
        return DirectoryPage.from_json(self.console.request("GET", DIRECTORY, query=query))

    def edits(self) -> Edits:
        """Some accounts and aliases that come, change or go."""
        accounts, aliases = self.there("accounts"), self.there("aliases")
        chosen = self.chance.sample(NAMES, self.chance.randint(1, 5))
        made: Edits = []
        for name in chosen:
            path = f"accounts/{name}"
            if name not in accounts:
                made.append({"path": path, "now": {"quota_mb": self.chance.choice(LIMITS)}})
            elif self.chance.random() < 0.4:
                made.append({"path": path, "now": None})
            else:
                field, values = self.chance.choice(
                    [
                        ("quota_mb", LIMITS),
                        ("enabled", (True, False)),
                        ("may_receive", (True, False)),
                        ("language", ("en", "ja", None)),
                        ("forward", ([], ["x@elsewhere.example"], ["x@elsewhere.example", "y@elsewhere.example"])),
                        ("keep_copy", (True, False)),
                    ]
                )
                made.append({"path": f"{path}/{field}", "now": self.chance.choice(values)})
        alias = f"all@{self.chance.choice(DOMAINS)}"
        targets = self.chance.sample(NAMES, 2)
        gone = alias in aliases and self.chance.random() < 0.5
        return [*made, {"path": f"aliases/{alias}", "now": None if gone else {"targets": targets}}]

    def apply(self, edits: Edits, **more: Any) -> Any:
        return self.console.request("POST", "/api/v1/apply", {"edits": edits, "sure": True, **more})

    def ended(self, run: int) -> Any:
        """How a run ended, whoever was killed meanwhile."""
        return self.console.wait(f"/api/v1/runs/{run}", lambda said: said["outcome"] != "running", seconds=40)

    def settings(self) -> Any:
        return self.console.request("GET", "/api/v1/settings")["settings"]


def compared(home: TestedHome, place: Path) -> Lookups:
    """The home's look-ups, to be compared beside its own agent, which may be comparing as well."""
    lookups = Lookups(home.layout)
    lookups._scratch = {name: place / f"{name}.db" for name in lookups._scratch}
    return lookups


def killed(home: TestedHome, kind: str) -> None:
    for process in home.of_kind(kind):
        process.signal(signal.SIGKILL)


def test_after_random_edits_rollbacks_and_kills_every_row_is_right(home: TestedHome, tmp_path: Path) -> None:
    clerk, lookups = Clerk(home), compared(home, tmp_path)
    ends: list[str] = []
    for number in range(ROUNDS):
        edits = clerk.edits()
        match number % 6:
            case 2:
                before = {table: clerk.page(table, None) for table in ("accounts", "aliases")}
                begun = clerk.apply(edits, confirm_within=60)
                if begun["outcome"] == "unconfirmed":
                    begun = clerk.console.request("POST", "/api/v1/roll_back")
                    assert {table: clerk.page(table, None) for table in before} == before
                ends.append(begun["outcome"])
            case 4 | 5 as kind:
                begun = clerk.apply(edits, wait=False)
                if begun["outcome"] == "running":
                    time.sleep(clerk.chance.uniform(0, 0.15))
                    killed(home, "node" if kind == 4 else "console")
                    begun = clerk.ended(begun["run"])
                ends.append(begun["outcome"])
            case _:
                ends.append(clerk.apply(edits)["outcome"])
        assert lookups.differences(clerk.page, clerk.settings()) == 0, (number, edits, ends)
    assert {"applied", "rolled_back"} <= set(ends), ends
    assert ends.count("applied") > ROUNDS / 2, ends


def test_a_row_that_somebody_else_put_there_is_a_difference(home: TestedHome, tmp_path: Path) -> None:
    """So the comparison sees what is wrong. While the home is down nobody mends it."""
    clerk, lookups = Clerk(home), compared(home, tmp_path)
    settings, pages = clerk.settings(), {table: clerk.page(table, None) for table in DIRECTORY_TABLES}
    home.down()
    with closing(sqlite3.connect(home.layout.lookup_db)) as database, database:
        database.execute("INSERT INTO limits (address, quota_mb) VALUES ('nobody@example.jp', 1)")
    assert lookups.differences(lambda table, _after: pages[table], settings) == 1

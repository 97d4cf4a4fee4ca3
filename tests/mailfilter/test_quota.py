"""Who has room: mailboxes, aliases of them, and what leads elsewhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fumibako.document.lookups import SCHEMA, statements
from fumibako.features.quotas.usage import USAGE_SCHEMA
from fumibako.mailfilter.lookups import LookupReader, LookupsAway
from fumibako.mailfilter.policy import PolicyRequest
from fumibako.mailfilter.quota import FULL, Quota
from fumibako.schema.edit import Edit

MBYTE = 1_048_576


class Place:
    """A home's databases and an instance that reads them."""

    def __init__(self, root: Path) -> None:
        self.home = self
        self.root = root
        self.usage_db = root / "usage.db"
        self._lookup = root / "lookup.db"
        for path, schema in ((self._lookup, SCHEMA["lookup"]), (self.usage_db, USAGE_SCHEMA)):
            with sqlite3.connect(path) as database:
                database.executescript(schema)
        self.lookups = LookupReader(self._lookup)

    def add(self, table: str, key: str, row: Any) -> None:
        with sqlite3.connect(self._lookup) as database:
            for each in statements(Edit((table, key), None, row)):
                if each.database == "lookup":
                    database.execute(each.sql, each.parameters)

    def account(self, name: str, limit: int | None, used: int) -> None:
        self.add("accounts", f"{name}@a.test", {"quota_mb": limit})
        with sqlite3.connect(self.usage_db) as database:
            database.execute("INSERT INTO usage (username, bytes) VALUES (?, ?)", (f"{name}@a.test", used))

    def alias(self, name: str, *targets: str) -> None:
        self.add("aliases", f"{name}@a.test", {"targets": [t if "@" in t else f"{t}@a.test" for t in targets]})

    def refuses(self, recipient: str, size: str = "0") -> bool:
        request = PolicyRequest({b"recipient": f"{recipient}@a.test".encode(), b"size": size.encode()})
        return Quota().answer(request, self) == FULL  # type: ignore[arg-type]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    made.account("full", 1, MBYTE)
    made.account("over", 1, 5 * MBYTE)
    made.account("free", 1, 100)
    made.account("none", None, 50 * MBYTE)
    yield made
    made.lookups.close()


@pytest.mark.parametrize(
    ("name", "size", "refused"),
    [
        ("full", "0", True),
        ("FULL", "0", True),
        ("over", "", True),
        ("free", "0", False),
        ("free", str(MBYTE - 100), False),
        ("free", str(MBYTE - 99), True),
        ("free", "x", False),
        ("none", str(10**15), False),
        ("nobody", "0", False),
    ],
)
def test_a_mailbox_has_room_or_not(place: Place, name: str, size: str, refused: bool) -> None:
    assert place.refuses(name, size) is refused


def test_an_alias_has_room_as_long_as_one_target_has(place: Place) -> None:
    place.alias("both", "full", "over")
    place.alias("one", "full", "free")
    place.alias("far", "full", "x@far.test")
    place.alias("nested", "both", "full")
    place.alias("deep", "both", "one")
    found = {name: place.refuses(name) for name in ("both", "one", "far", "nested", "deep")}
    assert found == {"both": True, "one": False, "far": False, "nested": True, "deep": False}


def test_loops_end_and_an_alias_of_an_accounts_own_name_counts_its_mailbox(place: Place) -> None:
    place.alias("a", "b")
    place.alias("b", "a")
    assert not place.refuses("a")
    place.alias("full", "full", "over")
    assert place.refuses("full")
    place.alias("free", "full")  # hides the account
    assert place.refuses("free")


def test_a_catch_all_leads_on(place: Place) -> None:
    place.alias("", "full")
    assert place.refuses("whoever")
    assert not place.refuses("none")


def test_a_name_that_leads_to_the_administrator_is_full_when_his_mailbox_is(place: Place) -> None:
    place.add("domains", "a.test", {})
    assert not place.refuses("postmaster")
    with sqlite3.connect(place.root / "lookup.db") as database:
        for each in statements(Edit(("basics", "administrator"), None, "full@a.test")):
            database.execute(each.sql, each.parameters)
    assert place.refuses("postmaster")
    assert place.refuses("ABUSE")
    assert not place.refuses("whoever")
    place.alias("abuse", "free")
    assert not place.refuses("abuse")


def test_without_a_database_nothing_is_said(place: Place) -> None:
    place.usage_db.unlink()
    with pytest.raises(LookupsAway):
        place.refuses("full")

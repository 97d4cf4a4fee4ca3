"""The look-up databases, with SQLite itself."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path, PurePosixPath

import pytest

from fumibako.layout import Home
from fumibako.node.lookups import Lookups
from fumibako.schema.edit import Edit
from fumibako.wire.console import DirectoryPage

HANAKO = Edit(("accounts", "hanako@example.jp"), None, {"password_hash": "{X}y", "enabled": True, "quota_mb": None})
DOMAIN = Edit(("domains", "example.jp"), None, {})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    for name in ("server/db", "server/auth", "trial/db", "trial/auth", "node"):
        (tmp_path / name).mkdir(parents=True)
    return Home(PurePosixPath(tmp_path))


@pytest.fixture
def lookups(home: Home) -> Lookups:
    made = Lookups(home)
    made.ensure()
    return made


def content(path: PurePosixPath) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in tables}


def whole(home: Home) -> object:
    return content(home.lookup_db), content(home.passwords_db)


def test_a_missing_database_has_no_revision_and_asking_does_not_make_it(home: Home) -> None:
    assert Lookups(home).revision() is None
    assert not Path(home.lookup_db).exists()


def test_rows_come_with_add_and_the_revision_with_the_last_phase(home: Home, lookups: Lookups) -> None:
    lookups.change([DOMAIN, HANAKO], ("add",))
    assert content(home.lookup_db)["accounts"] == [("hanako@example.jp",)]
    assert lookups.revision() == 0
    lookups.change([DOMAIN, HANAKO], ("remove",), 5)
    assert content(home.passwords_db)["accounts"] == [("hanako@example.jp", "{X}y", 1, None)]
    assert lookups.revision() == 5


def test_the_inverse_edits_restore_what_was_from_every_point(home: Home, lookups: Lookups) -> None:
    lookups.change([DOMAIN, HANAKO], ("add", "remove"), 1)
    before = whole(home)
    edits = [
        Edit(("accounts", "taro@example.jp"), None, HANAKO.now),
        Edit(("accounts", "hanako@example.jp", "quota_mb"), None, 100),
        Edit(("domains", "example.net"), None, {}),
    ]
    back = [edit.inverse() for edit in reversed(edits)]
    for phases in (("add",), ("add", "remove")):
        lookups.change(edits, phases, 2)
        assert whole(home) != before
        for _ in range(2):
            lookups.change(back, ("add", "remove"), 1)
            assert whole(home) == before


def test_a_removed_row_is_there_until_the_second_phase(home: Home, lookups: Lookups) -> None:
    lookups.change([HANAKO], ("add",), 1)
    lookups.change([HANAKO.inverse()], ("add",))
    assert content(home.lookup_db)["accounts"] == [("hanako@example.jp",)]
    lookups.change([HANAKO.inverse()], ("remove",), 2)
    assert content(home.lookup_db)["accounts"] == []


def test_a_trial_has_the_staged_rows_and_the_live_databases_do_not(home: Home, lookups: Lookups) -> None:
    lookups.change([DOMAIN], ("add",), 1)
    before = whole(home)
    for _ in range(2):  # over the leftovers of another trial
        lookups.copy_for_trial([HANAKO], 2)
        trial = content(home.trial / "db" / "lookup.db")
        assert (trial["domains"], trial["accounts"]) == ([("example.jp",)], [("hanako@example.jp",)])
        assert trial["meta"] == [(1, 2)]
    assert whole(home) == before


def test_a_trial_works_where_nothing_is_live_yet(home: Home) -> None:
    Lookups(home).copy_for_trial([DOMAIN], 1)
    assert content(home.trial / "db" / "lookup.db")["domains"] == [("example.jp",)]
    assert not Path(home.lookup_db).exists()


def pages(rows: dict[str, list[str]], size: int) -> object:
    def page(table: str, after: str | None) -> DirectoryPage:
        keys = [key for key in sorted(rows.get(table, [])) if key > (after or "")]
        found = tuple((key, {"enabled": True} if table == "accounts" else {}) for key in keys[:size])
        return DirectoryPage(found, keys[size - 1] if len(keys) > size else None)

    return page


def test_a_full_synchronisation_replaces_everything_page_by_page(home: Home, lookups: Lookups) -> None:
    lookups.change([DOMAIN, HANAKO], ("add",), 1)
    accounts = [f"a{number}@example.net" for number in range(7)]
    count = lookups.synchronise(pages({"domains": ["example.net"], "accounts": accounts}, 3), {}, 9)  # type: ignore[arg-type]
    assert count == 8
    assert content(home.lookup_db)["accounts"] == [(name,) for name in accounts]
    assert content(home.lookup_db)["domains"] == [("example.net",)]
    assert lookups.revision() == 9


def test_a_synchronisation_that_breaks_off_changes_nothing(home: Home, lookups: Lookups) -> None:
    lookups.change([DOMAIN, HANAKO], ("add",), 1)
    before = whole(home)

    def broken(table: str, after: str | None) -> DirectoryPage:
        if table == "accounts":
            raise ConnectionError
        return DirectoryPage((("example.net", {}),), None)

    with pytest.raises(ConnectionError):
        lookups.synchronise(broken, {}, 2)
    assert whole(home) == before


def test_readers_see_a_change_wholly_or_not_at_all_and_are_never_stopped(home: Home, lookups: Lookups) -> None:
    lookups.change([DOMAIN], ("add",), 1)
    stop, counts = threading.Event(), set()

    def read() -> None:
        with sqlite3.connect(f"file:{home.lookup_db}?mode=ro", uri=True, timeout=0) as database:
            while not stop.is_set():
                counts.add(database.execute("SELECT count(*) FROM accounts").fetchone()[0])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        edits = [Edit(("accounts", f"a{number}@example.jp"), None, {}) for number in range(500)]
        lookups.change(edits, ("add",), 2)
    finally:
        stop.set()
        reader.join()
    assert counts <= {0, 500}


@pytest.mark.parametrize("content_of_file", [b"this is no database" * 300, b"SQLite format 3\0" + b"x" * 5000])
def test_a_file_that_is_no_database_is_set_aside_and_made_anew(
    home: Home, lookups: Lookups, content_of_file: bytes
) -> None:
    path = Path(home.lookup_db)
    lookups.close()
    path.write_bytes(content_of_file)
    assert lookups.revision() is None
    assert lookups.ensure() == {"lookup"}
    assert lookups.revision() == 0
    assert path.with_name("lookup.db.damaged").read_bytes() == content_of_file


def test_a_database_that_is_well_stays(lookups: Lookups) -> None:
    lookups.change([DOMAIN], ("add",), 1)
    assert lookups.ensure() == frozenset()
    assert lookups.first_domain() == "example.jp"


def test_databases_are_made_for_a_group_that_writes(home: Home, lookups: Lookups) -> None:
    assert Path(home.lookup_db).stat().st_mode & 0o777 == 0o660
    assert Path(home.passwords_db).stat().st_mode & 0o777 == 0o660


def test_the_first_domain_is_the_one_that_the_edits_would_leave(lookups: Lookups) -> None:
    assert lookups.first_domain() is None
    lookups.change([Edit(("domains", name), None, {}) for name in ("b.example", "c.example")], ("add",), 1)
    assert lookups.first_domain() == "b.example"
    assert lookups.first_domain([Edit(("domains", "a.example"), None, {})]) == "a.example"
    assert lookups.first_domain([Edit(("domains", "b.example"), {}, None)]) == "c.example"


def test_a_database_that_another_program_locks_is_an_error_after_a_moment(home: Home, lookups: Lookups) -> None:
    with sqlite3.connect(home.lookup_db, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            lookups.change([DOMAIN], ("add",))
        other.execute("ROLLBACK")
    lookups.change([DOMAIN], ("add",))


def agreed(lookups: Lookups) -> None:
    """The live databases have been compared and are right."""
    assert lookups.differences(pages({}, 3), {}) == 0  # type: ignore[arg-type]
    assert not lookups.touched()


def by_hand(path: PurePosixPath, statement: str) -> None:
    with sqlite3.connect(path) as database:
        database.execute(statement)
    database.close()


def test_at_the_start_nobody_knows_whether_the_rows_are_right(home: Home, lookups: Lookups) -> None:
    assert lookups.touched()
    agreed(lookups)
    assert Lookups(home).touched()


def test_what_somebody_else_writes_is_noticed_and_what_we_write_is_not(home: Home, lookups: Lookups) -> None:
    agreed(lookups)
    lookups.change([DOMAIN, HANAKO], ("add", "remove"), 1)
    lookups.ensure()
    assert not lookups.touched()
    by_hand(home.passwords_db, "UPDATE accounts SET password = '{PLAIN}x'")
    assert lookups.touched()


def test_what_somebody_else_writes_just_before_us_is_noticed(home: Home, lookups: Lookups) -> None:
    agreed(lookups)
    by_hand(home.lookup_db, "INSERT INTO accounts VALUES ('ghost@example.jp')")
    lookups.change([DOMAIN, HANAKO], ("add", "remove"), 1)
    assert lookups.touched()


def test_readers_that_come_and_go_and_our_own_checkpoints_are_no_writers(home: Home, lookups: Lookups) -> None:
    agreed(lookups)
    size = Path(home.lookup_db).stat().st_size
    with closing(sqlite3.connect(f"file:{home.lookup_db}?mode=ro", uri=True)) as reader:
        for number in range(3):
            accounts = [f"{number}-{count:06}@example.jp" for count in range(60_000)]
            lookups.change([Edit(("accounts", name), None, {}) for name in accounts], ("add",), number)
            assert reader.execute("SELECT count(*) FROM accounts").fetchall() == [((number + 1) * 60_000,)]
            assert content(home.lookup_db)
            assert not lookups.touched()
    assert Path(home.lookup_db).stat().st_size > size  # there has been a checkpoint


def test_a_database_under_the_same_name_is_another_one(home: Home, lookups: Lookups) -> None:
    agreed(lookups)
    path = Path(home.lookup_db)
    copy = path.with_name("copy.db")
    with sqlite3.connect(path) as old, sqlite3.connect(copy) as new:
        old.backup(new)
    old.close()
    new.close()
    copy.replace(path)
    assert lookups.touched()


def test_a_comparison_counts_rows_too_many_and_too_few(home: Home, lookups: Lookups) -> None:
    rows = {"domains": ["example.net"], "accounts": ["a@example.net", "b@example.net"]}
    lookups.synchronise(pages(rows, 2), {}, 3)  # type: ignore[arg-type]
    assert not lookups.touched()
    by_hand(home.lookup_db, "INSERT INTO accounts VALUES ('ghost@example.net')")
    by_hand(home.passwords_db, "UPDATE accounts SET enabled = 0 WHERE address = 'a@example.net'")
    assert lookups.touched()
    assert lookups.differences(pages(rows, 2), {}) == 3  # type: ignore[arg-type]
    assert lookups.touched()
    lookups.synchronise(pages(rows, 2), {}, 3)  # type: ignore[arg-type]
    assert lookups.differences(pages(rows, 2), {}) == 0  # type: ignore[arg-type]
    assert not lookups.touched()
    assert list(Path(home.node).glob("compared*")) == []

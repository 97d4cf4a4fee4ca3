"""Edits of the directory become statements that may run twice and that the inverse edits undo."""

from __future__ import annotations

import sqlite3
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fumibako.assembly.lookups import DATABASES, at_revision
from fumibako.document.lookups import SCHEMA, TABLES, of_rows, statements
from fumibako.features.directory.lookups import DIRECTORY
from fumibako.schema.edit import Edit

Content = dict[str, list[tuple[Any, ...]]]


class Lookups:
    def __init__(self) -> None:
        self.databases = {name: sqlite3.connect(":memory:", isolation_level=None) for name in DATABASES}
        for name, database in self.databases.items():
            database.executescript(SCHEMA[name])
            database.executescript(SCHEMA[name])  # may run at every start

    def make(self, *edits: Edit, phase: str | None = None, times: int = 2) -> None:
        for edit in edits:
            for statement in [each for each in statements(edit) if phase in (None, each.phase)] * times:
                self.databases[statement.database].execute(statement.sql, statement.parameters)

    def content(self) -> Content:
        return {
            f"{name}.{table}": sorted(database.execute(f"SELECT * FROM {table}"))
            for name, database in self.databases.items()
            for table in TABLES[name]
            if table in DIRECTORY.tables[name]
        }


def account(**fields: object) -> dict[str, object]:
    return {"name": "", "password_hash": "{X}y", "quota_mb": 5, "enabled": True, **fields}


ADDED = Edit(("accounts", "a@example.jp"), None, account())


def test_an_account_is_known_to_postfix_by_address_alone_and_to_dovecot_with_its_hash() -> None:
    lookups = Lookups()
    lookups.make(Edit(("domains", "example.jp"), None, {}), ADDED)
    assert lookups.content() == {
        "lookup.domains": [("example.jp",)],
        "lookup.accounts": [("a@example.jp",)],
        "lookup.barred": [],
        "lookup.forwards": [],
        "lookup.no_copies": [],
        "lookup.languages": [],
        "lookup.limits": [("a@example.jp", 5)],
        "passwords.accounts": [("a@example.jp", "{X}y", 1, 5)],
        "passwords.mailboxes": [],
        "passwords.scripts": [],
        "passwords.app_passwords": [],
    }


def test_switches_that_are_off_stand_in_a_table_of_their_own_and_leave_it_when_they_are_on() -> None:
    lookups = Lookups()
    lookups.make(Edit(("accounts", "a@example.jp"), None, account(enabled=False, may_receive=False)))
    assert lookups.content()["lookup.barred"] == [("a@example.jp", "enabled"), ("a@example.jp", "may_receive")]
    lookups.make(Edit(("accounts", "a@example.jp", "enabled"), False, True))
    assert lookups.content()["lookup.barred"] == [("a@example.jp", "may_receive")]
    lookups.make(Edit(("accounts", "a@example.jp"), account(may_receive=False), None))
    assert lookups.content()["lookup.barred"] == []


def test_a_limit_is_known_to_the_mail_filter_as_long_as_there_is_one() -> None:
    lookups = Lookups()
    lookups.make(ADDED)
    for was, now, rows in ((5, 7, [("a@example.jp", 7)]), (7, None, []), (None, 9, [("a@example.jp", 9)])):
        lookups.make(Edit(("accounts", "a@example.jp", "quota_mb"), was, now))
        assert lookups.content()["lookup.limits"] == rows
    lookups.make(Edit(("accounts", "a@example.jp"), account(quota_mb=9), None))
    assert lookups.content()["lookup.limits"] == []


def test_rows_are_added_in_one_phase_and_removed_in_the_other() -> None:
    lookups = Lookups()
    lookups.make(ADDED, phase="remove")
    assert lookups.content()["lookup.accounts"] == []
    lookups.make(ADDED, phase="add")
    lookups.make(ADDED.inverse(), phase="add")
    assert lookups.content()["lookup.accounts"] == [("a@example.jp",)]
    lookups.make(ADDED.inverse(), phase="remove")
    assert lookups.content()["passwords.accounts"] == lookups.content()["lookup.accounts"] == []


def test_a_field_changes_where_it_stands_and_a_name_nowhere() -> None:
    lookups = Lookups()
    lookups.make(
        ADDED,
        Edit(("accounts", "a@example.jp", "enabled"), True, False),
        Edit(("accounts", "a@example.jp", "quota_mb"), 5, None),
        Edit(("accounts", "a@example.jp", "name"), "", "花子"),
    )
    assert lookups.content()["passwords.accounts"] == [("a@example.jp", "{X}y", 0, None)]
    assert lookups.content()["lookup.accounts"] == [("a@example.jp",)]  # its mail is still delivered


def test_an_edit_of_the_settings_is_none_of_their_business() -> None:
    assert statements(Edit(("basics", "message_size_limit"), 1, 2)) == []


def test_a_revision_is_written_once_for_each_database() -> None:
    lookups = Lookups()
    for name, database in lookups.databases.items():
        statement = at_revision(name, 7)
        database.execute(statement.sql, statement.parameters)
        assert database.execute("SELECT revision FROM meta").fetchall() == [(7,)]


def test_whole_rows_are_put_in_for_a_full_synchronisation() -> None:
    lookups = Lookups()
    for statement in of_rows("accounts", [("a@example.jp", account()), ("b@example.jp", account(enabled=False))]):
        lookups.databases[statement.database].execute(statement.sql, statement.parameters)
    assert [row[0] for row in lookups.content()["passwords.accounts"]] == ["a@example.jp", "b@example.jp"]


fields = st.fixed_dictionaries(
    {"password_hash": st.none() | st.just("{X}y"), "quota_mb": st.none() | st.integers(1, 99), "enabled": st.booleans()}
)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | fields), max_size=8), st.data())
@settings(deadline=None)
def test_undoing_any_number_of_the_last_edits_restores_what_was(
    wanted: list[tuple[str, Any]], data: st.DataObject
) -> None:
    lookups, now, edits, before = Lookups(), dict[str, Any](), list[Edit](), list[Content]()
    for name, row in wanted:
        edit = Edit(("accounts", f"{name}@example.jp"), now.get(name), row)
        if edit.was == edit.now:
            continue
        before.append(lookups.content())
        lookups.make(edit)
        edits.append(edit)
        now[name] = row
    keep = data.draw(st.integers(0, len(edits)))
    expected = [*before, lookups.content()][keep]
    lookups.make(*(edit.inverse() for edit in reversed(edits[keep:])))
    assert lookups.content() == expected


def test_app_passwords_are_known_by_their_digests_until_they_are_revoked_or_the_account_goes() -> None:
    lookups, place = Lookups(), ("accounts", "a@example.jp")
    held = [{"name": name, "made": "2026-01-01T00:00:00+00:00", "digest": name * 64} for name in "ab"]
    lookups.make(Edit(place, None, account(app_passwords=held[:1])))
    assert lookups.content()["passwords.app_passwords"] == [("a@example.jp", "a" * 64)]
    for was, now, rows in ((held[:1], held, 2), (held, held[1:], 1), (held[1:], None, 0), (None, held, 2)):
        lookups.make(Edit((*place, "app_passwords"), was, now))
        assert len(lookups.content()["passwords.app_passwords"]) == rows
    lookups.make(Edit(place, account(app_passwords=held), None))
    assert lookups.content()["passwords.app_passwords"] == []

"""The look-up databases, written here and nowhere else.

Every change is one transaction a database, with the revision in it; readers see it before or after, never between. The
files are 0660 in directories 2770 with the group of their reader: SQLite's WAL lets readers make files, too.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path

from fumibako.assembly.lookups import Database, Phase, Statement, at_revision
from fumibako.document.lookups import (
    DIRECTORY_TABLES,
    SCHEMA,
    TABLES,
    VERSION_OF_SECRETS,
    of_rows,
    of_secrets,
    of_settings,
)
from fumibako.document.lookups import statements as statements_of
from fumibako.features.directory.system_limits import LIMITS_BY_ADDRESS
from fumibako.layout import Home
from fumibako.node.database_files import made, opened, set_aside_if_useless, unlink_family
from fumibako.node.live_database import LiveDatabase
from fumibako.schema.edit import Edit
from fumibako.schema.place import Json
from fumibako.wire.console import DirectoryPage, Secrets

Pages = Callable[[str, str | None], DirectoryPage]


class Lookups:
    """The databases of the live server, and their copies for a trial."""

    def __init__(self, home: Home) -> None:
        self._live: dict[Database, LiveDatabase] = {
            "lookup": LiveDatabase(Path(home.lookup_db)),
            "passwords": LiveDatabase(Path(home.passwords_db)),
        }
        self._trial: dict[Database, Path] = {
            name: Path(home.trial / live.path.relative_to(str(home.server))) for name, live in self._live.items()
        }
        self._scratch: dict[Database, Path] = {name: Path(home.node / f"compared-{name}.db") for name in self._live}

    def revision(self) -> int | None:
        """The revision that both databases show; None where one is missing, unreadable or not as far as the other."""
        try:
            found = {self._revision(live.path) for live in self._live.values()}
        except sqlite3.Error:
            return None
        return found.pop() if len(found) == 1 else None

    def first_domain(self, edits: Sequence[Edit] = ()) -> str | None:
        """The first hosted domain by name, as the live look-ups with `edits` made to them would have it."""
        rows_of_domains = [edit for edit in edits if edit.place[0] == "domains" and len(edit.place) == 2]
        gone = {edit.place[1] for edit in rows_of_domains if edit.removes}
        come = {edit.place[1] for edit in rows_of_domains if not edit.removes}
        path = self._live["lookup"].path
        if path.exists():
            with closing(opened(path)) as database:
                found = database.execute("SELECT name FROM domains ORDER BY name LIMIT ?", (len(gone) + 1,)).fetchall()
            come |= {name for (name,) in found if name not in gone}
        return min(come, default=None)

    def accounts(self, after: str, limit: int) -> list[str]:
        """Addresses of accounts in their order, from behind `after` on."""
        path = self._live["passwords"].path
        if not path.exists():
            return []
        with closing(opened(path)) as database:
            sql = (
                "SELECT address FROM accounts WHERE address > ?1 UNION "
                "SELECT address FROM system_users WHERE address > ?1 ORDER BY address LIMIT ?2"
            )
            return [address for (address,) in database.execute(sql, (after, limit))]

    def limits(self, addresses: Sequence[str]) -> dict[str, int]:
        """The limits of those mailboxes that have one, in MBytes."""
        with closing(opened(self._live["lookup"].path)) as database:
            marks = ", ".join("?" * len(addresses))
            sql = (
                f"SELECT address, quota_mb FROM limits WHERE address IN ({marks}) "  # noqa: S608
                f"UNION ALL {LIMITS_BY_ADDRESS} WHERE address IN ({marks})"
            )
            return dict(database.execute(sql, [*addresses, *addresses]))

    def languages(self, addresses: Sequence[str]) -> dict[str, str]:
        """The languages of those accounts' owners who have said one."""
        with closing(opened(self._live["lookup"].path)) as database:
            marks = ", ".join("?" * len(addresses))
            sql = f"SELECT address, language FROM languages WHERE address IN ({marks})"  # noqa: S608
            return dict(database.execute(sql, list(addresses)))

    def put_system_users(self, users: Mapping[str, str]) -> bool:
        """Make the system accounts those that there are: the user's name by address. Whether anything was different;
        False where there are no look-ups yet."""
        if not all(live.path.exists() for live in self._live.values()):
            return False
        passwords, lookup = self._live["passwords"], self._live["lookup"]
        there = {live.path: _system_users(live) for live in (passwords, lookup)}
        # Who comes can be delivered to before Postfix takes his mail; who goes is refused before Dovecot forgets him.
        for live in (passwords, lookup):
            if come := users.items() - there[live.path].items():
                with live.transaction() as database:
                    sql = "INSERT OR REPLACE INTO system_users (address, name) VALUES (?, ?)"
                    database.executemany(sql, list(come))
        for live in (lookup, passwords):
            if gone := there[live.path].keys() - users.keys():
                with live.transaction() as database:
                    database.executemany("DELETE FROM system_users WHERE address = ?", [(each,) for each in gone])
        return any(each != users for each in there.values())

    def mark_full(self, addresses: Sequence[str], full: Collection[str]) -> None:
        """Of these mailboxes those in `full` are full and the others are not."""
        with closing(opened(self._live["lookup"].path)) as database:
            marks = ", ".join("?" * len(addresses))
            sql = f"SELECT address FROM full_mailboxes WHERE address IN ({marks})"  # noqa: S608
            marked = {address for (address,) in database.execute(sql, list(addresses))}
        if marked == set(full):
            return
        with self._live["lookup"].transaction() as database:
            for address in marked.difference(full):
                database.execute("DELETE FROM full_mailboxes WHERE address = ?", (address,))
            for address in set(full) - marked:
                database.execute("INSERT OR IGNORE INTO full_mailboxes (address) VALUES (?)", (address,))

    def ensure(self) -> frozenset[Database]:
        """Make the databases and tables that are missing. Returns the databases that are new files: who has the old one
        open goes on reading that."""
        new = set()
        for name, live in self._live.items():
            set_aside_if_useless(live.path)
            if not live.path.exists():
                new.add(name)
                made(live.path).close()
            live.script(SCHEMA[name])
        return frozenset(new)

    def touched(self) -> bool:
        """Whether somebody else may have changed the live databases since they were last compared or synchronised; at
        the start nobody knows. Costs next to nothing."""
        return any(live.touched() for live in self._live.values())

    def close(self) -> None:
        """Let go of the live databases; whoever uses them next opens them again."""
        for live in self._live.values():
            live.close()

    def change(self, edits: Iterable[Edit], phases: Sequence[Phase], revision: int | None = None) -> None:
        """Run the edits' statements of the given phases, then set the revision if one is given."""
        _run(self._live, [each for edit in edits for each in statements_of(edit)], phases, revision)

    def note_lists(self, states: Mapping[str, str], checked: int, names: Sequence[str]) -> None:
        """Keep how the block lists are, at what time; of `names` those that are not among `states` stay as they are
        known, others are forgotten."""
        with self._live["lookup"].transaction() as database:
            known = {name for (name,) in database.execute("SELECT name FROM block_lists")}
            database.executemany("DELETE FROM block_lists WHERE name = ?", [(name,) for name in known - {*names}])
            database.executemany(
                "INSERT OR REPLACE INTO block_lists (name, state, checked) VALUES (?, ?, ?)",
                [(name, state, checked) for name, state in states.items()],
            )

    def noted_lists(self) -> dict[str, tuple[str, int]]:
        """What `note_lists` kept: state and time by name."""
        try:
            with closing(opened(self._live["lookup"].path)) as database:
                rows = database.execute("SELECT name, state, checked FROM block_lists").fetchall()
        except sqlite3.Error:
            return {}
        return {name: (state, checked) for name, state, checked in rows}

    def copy_for_trial(self, edits: Iterable[Edit], revision: int) -> None:
        """Copies of the live databases with the staged edits in them, where the trial looks for them."""
        for name, path in self._trial.items():
            unlink_family(path)
            with closing(made(path)) as copy:
                if self._live[name].path.exists():
                    with closing(opened(self._live[name].path)) as live:
                        live.backup(copy)
                copy.executescript(SCHEMA[name])
        staged = [each for edit in edits for each in statements_of(edit)]
        copies = {name: LiveDatabase(path) for name, path in self._trial.items()}
        try:
            _run(copies, staged, ("add", "remove"), revision)
        finally:
            for copied in copies.values():
                copied.close()

    def synchronise(self, pages: Pages, settings: Mapping[str, Json], revision: int) -> int:
        """Replace all rows by those of the settings and of the console's directory, which comes page by page, in one
        transaction a database. Returns how many rows of the directory there were.

        Both transactions stay open until the last page has come; then they are committed one after the other.
        """
        with self._live["lookup"].transaction() as lookup, self._live["passwords"].transaction() as passwords:
            databases: dict[Database, sqlite3.Connection] = {"lookup": lookup, "passwords": passwords}
            for name, database in databases.items():
                for table in TABLES[name]:
                    database.execute(f"DELETE FROM {table}")  # noqa: S608  # a name from our own table
            count = _fill(databases, pages, settings)
            for name, database in databases.items():
                statement = at_revision(name, revision)
                database.execute(statement.sql, statement.parameters)
            for live in self._live.values():
                live.trust()  # nobody else can write until these transactions end
        return count

    def differences(self, pages: Pages, settings: Mapping[str, Json]) -> int:
        """How many rows of the live databases are too many or too few against the settings and the console's directory.
        What somebody else changes meanwhile makes them `touched` again; where there is a difference they stay so."""
        for live in self._live.values():
            live.trust()
        number = 0
        try:
            with contextlib.ExitStack() as stack:
                databases: dict[Database, sqlite3.Connection] = {}
                for name, path in self._scratch.items():
                    stack.callback(unlink_family, path)
                    unlink_family(path)
                    databases[name] = stack.enter_context(closing(made(path)))
                    databases[name].executescript(SCHEMA[name])
                    databases[name].execute("BEGIN")
                _fill(databases, pages, settings)
                for name, database in databases.items():
                    database.commit()
                    database.execute("ATTACH ? AS live", (f"file:{self._live[name].path}?mode=ro",))
                    number += sum(_difference(database, table) for table in TABLES[name])
        except BaseException:
            number = -1
            raise
        finally:
            if number:
                for live in self._live.values():
                    live.distrust()
        return number

    def secrets_version(self) -> str:
        """The version of the secrets in the look-ups, empty where there are none."""
        try:
            with closing(opened(self._live["lookup"].path)) as database:
                row = database.execute(VERSION_OF_SECRETS).fetchone()
        except sqlite3.Error:
            return ""
        return str(row[0]) if row else ""

    def put_secrets(self, said: Secrets) -> bool:
        """Make the secrets in the look-ups those of the console; False where there are no look-ups."""
        if not self._live["lookup"].path.exists():
            return False
        self.ensure()  # a database of an older version has no table for them
        _run(self._live, of_secrets(said.version, said.secrets), ("add",), None)
        return True

    @staticmethod
    def _revision(path: Path) -> int | None:
        if not path.exists():  # opening would make it
            return None
        with closing(opened(path)) as database:
            row = database.execute("SELECT revision FROM meta WHERE one = 1").fetchone()
        return int(row[0]) if row else None


def _fill(databases: Mapping[Database, sqlite3.Connection], pages: Pages, settings: Mapping[str, Json]) -> int:
    """Put what the settings say and all rows of the directory into empty tables. Returns how many rows there were."""
    count = 0
    for each in of_settings(settings):
        databases[each.database].execute(each.sql, each.parameters)
    for table in DIRECTORY_TABLES:
        for page in _every_page(pages, table):
            count += len(page.rows)
            batches: dict[Database, list[Statement]] = defaultdict(list)
            for each in of_rows(table, page.rows):
                batches[each.database].append(each)
            for name, batch in batches.items():
                _execute(databases[name], batch)
    return count


def _difference(database: sqlite3.Connection, table: str) -> int:
    """How many rows of the table the attached live database has and this one has not, and the other way round."""
    one_way = "SELECT count(*) FROM (SELECT * FROM {}.{} EXCEPT SELECT * FROM {}.{})"
    ways = (("main", "live"), ("live", "main"))
    return sum(
        int(database.execute(one_way.format(here, table, there, table)).fetchone()[0])  # our own names
        for here, there in ways
    )


def _every_page(pages: Pages, table: str) -> Iterator[DirectoryPage]:
    after: str | None = None
    while True:
        page = pages(table, after)
        yield page
        after = page.next
        if after is None:
            return


def _run(
    databases: Mapping[Database, LiveDatabase],
    statements: Sequence[Statement],
    phases: Sequence[Phase],
    revision: int | None,
) -> None:
    """Phase by phase. In `add` Dovecot's database goes first (it can deliver before Postfix accepts), in `remove`
    Postfix's (it stops accepting before Dovecot forgets)."""
    batches: dict[tuple[Database, Phase], list[Statement]] = defaultdict(list)
    for each in statements:
        batches[each.database, each.phase].append(each)
    for phase in phases:
        order: tuple[Database, ...] = ("passwords", "lookup") if phase == "add" else ("lookup", "passwords")
        last = phase == phases[-1]
        for name in order:
            batch = batches[name, phase]
            if last and revision is not None:
                batch.append(at_revision(name, revision))
            if batch:
                with databases[name].transaction() as database:
                    _execute(database, batch)


def _execute(database: sqlite3.Connection, statements: Iterable[Statement]) -> None:
    """In their order; those that follow one another with the same text are prepared once."""
    for sql, group in groupby(statements, key=lambda each: each.sql):
        database.executemany(sql, (each.parameters for each in group))


def _system_users(live: LiveDatabase) -> dict[str, str]:
    with closing(opened(live.path)) as database:
        return dict(database.execute("SELECT address, name FROM system_users"))

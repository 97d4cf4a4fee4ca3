"""The look-up databases, written here and nowhere else.

Every change is one transaction a database, with the revision in it; readers see it before or after, never between. The
files are 0660 in directories 2770 with the group of their reader: SQLite's WAL lets readers make files, too.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Final

from fumibako.assembly.lookups import Database, Phase, Statement, at_revision
from fumibako.document.lookups import DIRECTORY_TABLES, SCHEMA, TABLES, of_rows, of_settings
from fumibako.document.lookups import statements as statements_of
from fumibako.layout import Home
from fumibako.schema.edit import Edit
from fumibako.schema.place import Json
from fumibako.wire.console import DirectoryPage

# So long a transaction waits for another writer; there is none but us, unless somebody works on the file by hand.
PATIENCE: Final = 2.0
# Readers make -wal and -shm as well (0660 like the database), so they stay when the database is written anew.
_FAMILY: Final = ("", "-wal", "-shm", "-journal")

Pages = Callable[[str, str | None], DirectoryPage]


class Lookups:
    """The databases of the live server, and their copies for a trial."""

    def __init__(self, home: Home) -> None:
        self._live: dict[Database, Path] = {"lookup": Path(home.lookup_db), "passwords": Path(home.passwords_db)}
        self._trial: dict[Database, Path] = {
            name: Path(home.trial / path.relative_to(str(home.server))) for name, path in self._live.items()
        }

    def revision(self) -> int | None:
        """The revision that both databases show; None where one is missing, unreadable or not as far as the other."""
        try:
            found = {self._revision(path) for path in self._live.values()}
        except sqlite3.Error:
            return None
        return found.pop() if len(found) == 1 else None

    def first_domain(self, edits: Sequence[Edit] = ()) -> str | None:
        """The first hosted domain by name, as the live look-ups with `edits` made to them would have it."""
        rows_of_domains = [edit for edit in edits if edit.place[0] == "domains" and len(edit.place) == 2]
        gone = {edit.place[1] for edit in rows_of_domains if edit.removes}
        come = {edit.place[1] for edit in rows_of_domains if not edit.removes}
        path = self._live["lookup"]
        if path.exists():
            with closing(opened(path)) as database:
                found = database.execute("SELECT name FROM domains ORDER BY name LIMIT ?", (len(gone) + 1,)).fetchall()
            come |= {name for (name,) in found if name not in gone}
        return min(come, default=None)

    def accounts(self, after: str, limit: int) -> list[str]:
        """Addresses of accounts in their order, from behind `after` on."""
        path = self._live["passwords"]
        if not path.exists():
            return []
        with closing(opened(path)) as database:
            sql = "SELECT address FROM accounts WHERE address > ? ORDER BY address LIMIT ?"
            return [address for (address,) in database.execute(sql, (after, limit))]

    def ensure(self) -> frozenset[Database]:
        """Make the databases and tables that are missing. Returns the databases that are new files: who has the old one
        open goes on reading that."""
        new = set()
        for name, path in self._live.items():
            set_aside_if_useless(path)
            if not path.exists():
                new.add(name)
            with closing(made(path)) as database:
                database.executescript(SCHEMA[name])
        return frozenset(new)

    def change(self, edits: Iterable[Edit], phases: Sequence[Phase], revision: int | None = None) -> None:
        """Run the edits' statements of the given phases, then set the revision if one is given."""
        _run(self._live, [each for edit in edits for each in statements_of(edit)], phases, revision)

    def copy_for_trial(self, edits: Iterable[Edit], revision: int) -> None:
        """Copies of the live databases with the staged edits in them, where the trial looks for them."""
        for name, path in self._trial.items():
            for suffix in _FAMILY:
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            with closing(made(path)) as copy:
                if self._live[name].exists():
                    with closing(opened(self._live[name])) as live:
                        live.backup(copy)
                copy.executescript(SCHEMA[name])
        staged = [each for edit in edits for each in statements_of(edit)]
        _run(self._trial, staged, ("add", "remove"), revision)

    def synchronise(self, pages: Pages, settings: Mapping[str, Json], revision: int) -> int:
        """Replace all rows by those of the settings and of the console's directory, which comes page by page, in one
        transaction a database. Returns how many rows of the directory there were.

        Both transactions stay open until the last page has come; then they are committed one after the other.
        """
        count = 0
        with transaction(self._live["lookup"]) as lookup, transaction(self._live["passwords"]) as passwords:
            opened: dict[Database, sqlite3.Connection] = {"lookup": lookup, "passwords": passwords}
            for name, database in opened.items():
                for table in TABLES[name]:
                    database.execute(f"DELETE FROM {table}")  # noqa: S608  # a name from our own table
            for each in of_settings(settings):
                opened[each.database].execute(each.sql, each.parameters)
            for table in DIRECTORY_TABLES:
                for page in _every_page(pages, table):
                    count += len(page.rows)
                    batches: dict[Database, list[Statement]] = defaultdict(list)
                    for each in of_rows(table, page.rows):
                        batches[each.database].append(each)
                    for name, batch in batches.items():
                        _execute(opened[name], batch)
            for name, database in opened.items():
                statement = at_revision(name, revision)
                database.execute(statement.sql, statement.parameters)
        return count

    @staticmethod
    def _revision(path: Path) -> int | None:
        if not path.exists():  # opening would make it
            return None
        with closing(opened(path)) as database:
            row = database.execute("SELECT revision FROM meta WHERE one = 1").fetchone()
        return int(row[0]) if row else None


def _every_page(pages: Pages, table: str) -> Iterator[DirectoryPage]:
    after: str | None = None
    while True:
        page = pages(table, after)
        yield page
        after = page.next
        if after is None:
            return


def set_aside_if_useless(path: Path) -> None:
    """A file that is no database, or not ours to write (Dovecot makes an empty one, as root, where it finds none), is
    kept under another name. The directory is ours."""
    if not path.exists():
        return
    try:
        if os.access(path, os.R_OK | os.W_OK):
            with closing(opened(path)) as database:
                database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return
    except sqlite3.OperationalError:
        raise  # locked, or the disk: it is a database
    except sqlite3.DatabaseError:
        pass
    path.replace(path.with_name(f"{path.name}.damaged"))
    for suffix in _FAMILY[1:]:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def made(path: Path) -> sqlite3.Connection:
    """Open the database, which is made for its readers, too, if it is missing: SQLite itself would make it 0644 less
    our umask, and -wal and -shm get the mode of the database, whoever makes them."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o660))
        path.chmod(0o660)
    return opened(path)


def opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=PATIENCE, isolation_level=None)


@contextmanager
def transaction(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(opened(path)) as database:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
        except BaseException:
            database.rollback()
            raise
        database.commit()


def _run(
    paths: dict[Database, Path], statements: Sequence[Statement], phases: Sequence[Phase], revision: int | None
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
                with transaction(paths[name]) as database:
                    _execute(database, batch)


def _execute(database: sqlite3.Connection, statements: Iterable[Statement]) -> None:
    """In their order; those that follow one another with the same text are prepared once."""
    for sql, group in groupby(statements, key=lambda each: each.sql):
        database.executemany(sql, (each.parameters for each in group))

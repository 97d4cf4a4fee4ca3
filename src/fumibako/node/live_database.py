"""One live look-up database, written through one connection that stays open.

By that connection SQLite tells whether anybody else has written (`PRAGMA data_version`): its readers have the right to,
since in WAL mode they need it, and what they change must not stay unnoticed.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fumibako.node.database_files import opened


class LiveDatabase:
    """May be used from any thread, by one at a time; the others wait."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.RLock()
        self._open: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._version = 0
        self._touched = True

    def touched(self) -> bool:
        """Whether somebody else may have written since `trust` was called. A file that is new to us counts, one that is
        missing as well. Raises `sqlite3.Error`."""
        with self._turn:
            if not self.path.exists():  # opening would make it
                self.close()
            else:
                version = _version(self._connection())
                self._touched = self._touched or version != self._version
                self._version = version
            return self._touched

    def trust(self) -> None:
        """What is there now is what it should be, or is about to be compared."""
        with self._turn:
            self._touched = False

    def distrust(self) -> None:
        with self._turn:
            self._touched = True

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction, committed at the end of the block, taken back where it raises."""
        with self._turn:
            self.touched()
            database = self._connection()
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.rollback()
                raise
            try:
                database.commit()
            except sqlite3.Error:
                self.close()  # it takes the transaction back
                raise

    def script(self, statements: str) -> None:
        """Run statements that make what is missing."""
        with self._turn:
            self.touched()
            database = self._connection()
            database.executescript(statements)
            self._version = _version(database)  # a change to WAL mode, though ours, counts

    def _connection(self) -> sqlite3.Connection:
        """The connection to the file that lies there now."""
        try:
            stat = self.path.stat()
        except FileNotFoundError as error:
            raise sqlite3.OperationalError(f"{self.path} is missing") from error
        file = stat.st_dev, stat.st_ino
        if self._open is None or self._file != file:
            self.close()
            self._open = opened(self.path)
            self._file = file
            self._version = _version(self._open)
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open, self._file, self._touched = None, None, True


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA data_version").fetchone()[0])

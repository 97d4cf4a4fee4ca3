"""The published look-ups, read from the same database as Postfix reads, never written."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, Final

# A reader in WAL mode never waits for the agent's transaction; only for a recovery after a crash.
_PATIENCE: Final = 0.5


class LookupsAway(Exception):
    """The database cannot be read now: nothing can be said that rests on it."""


class LookupReader:
    """One connection, kept open. A query takes some 20 µs, so it is made where it is needed, without a thread."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._database: sqlite3.Connection | None = None
        self._file: tuple[int, int] = (0, 0)

    def rows(self, query: str, *parameters: str | int | None) -> list[tuple[Any, ...]]:
        """The rows of a query. Raises `LookupsAway`."""
        try:
            return self._opened().execute(query, parameters).fetchall()
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise LookupsAway(str(error)) from error

    def has(self, query: str, *parameters: str | int | None) -> bool:
        return bool(self.rows(query, *parameters))

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _opened(self) -> sqlite3.Connection:
        # After a restore there is another file under the name.
        seen = os.stat(self._path)  # noqa: PTH116  # asked for every query
        if self._database is not None and (seen.st_dev, seen.st_ino) == self._file:
            return self._database
        self.close()
        self._database = sqlite3.connect(
            f"file:{self._path}?mode=ro", uri=True, timeout=_PATIENCE, isolation_level=None
        )
        self._file = (seen.st_dev, seen.st_ino)
        return self._database

"""A small database of the filter's own, kept by all workers together: for what may come seconds late, or be lost with the
power, and harms nobody by it. What is new is written in one go now and then."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)


class OwnDatabase:
    def __init__(self, path: Path, schema: str) -> None:
        self._path, self._schema = path, schema

    def put(self, sql: str, rows: Sequence[Sequence[Any]]) -> bool:
        """Write the rows; False where that cannot be done now, which is logged."""
        try:
            with closing(self._opened()) as database:
                database.executemany(sql, rows)
                database.commit()
        except sqlite3.Error as error:
            _log.warning("%s: %s", self._path, error)
            return False
        return True

    def rows(self, sql: str, *parameters: str) -> list[tuple[Any, ...]]:
        """Empty where they cannot be read now."""
        try:
            with closing(self._opened()) as database:
                return database.execute(sql, parameters).fetchall()
        except sqlite3.Error:
            return []

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=0.2)
        database.execute("PRAGMA synchronous = OFF")
        database.executescript(self._schema)
        return database


class Soon:
    """Calls something once, some seconds after it was first asked for."""

    def __init__(self, seconds: float, call: Callable[[], None]) -> None:
        self._seconds, self._call = seconds, call
        self._due: asyncio.TimerHandle | None = None

    def ask(self) -> None:
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(self._seconds, self._call)

    def done(self) -> None:
        """It has happened: nothing is due any more."""
        if self._due is not None:
            self._due.cancel()
            self._due = None

"""How often each block list decided, counted by all workers together in a small database of the filter's own.

A count that is a second late or is lost with the power harms nobody, so what is counted is written in one go now and then.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from fumibako.mailfilter.instance import Instance

_log = logging.getLogger(__name__)

_EVERY: Final = 1.0  # seconds
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS counts (
  name TEXT NOT NULL PRIMARY KEY,
  hits INTEGER NOT NULL,
  refused INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
_ADD: Final = (
    "INSERT INTO counts (name, hits, refused) VALUES (?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET hits = hits + excluded.hits, refused = refused + excluded.refused"
)


class ListCounts:
    """`hits`: mail that was refused by the list's word; `refused`: answers by which it did not serve us."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self._due: asyncio.TimerHandle | None = None

    @classmethod
    def of(cls, instance: Instance) -> ListCounts:
        """The one of a worker."""
        if instance not in _OF:
            _OF[instance] = cls(Path(instance.home.filter_private / "block-lists.db"))
        return _OF[instance]

    def add(self, name: str, *, hits: int = 0, refused: int = 0) -> None:
        count = self._pending[name]
        count[0] += hits
        count[1] += refused
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(_EVERY, self.write)

    def write(self) -> None:
        """What was counted since the last time."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        pending = [(name, hits, refused) for name, (hits, refused) in self._pending.items()]
        self._pending.clear()
        if not pending:
            return
        try:
            with closing(self._opened()) as database:
                database.executemany(_ADD, pending)
                database.commit()
        except sqlite3.Error as error:
            _log.warning("%s: %s", self._path, error)

    def read(self, name: str) -> tuple[int, int]:
        """Hits and refusals of a list, all workers' together."""
        self.write()
        try:
            with closing(self._opened()) as database:
                row = database.execute("SELECT hits, refused FROM counts WHERE name = ?", (name,)).fetchone()
        except sqlite3.Error:
            row = None
        return row or (0, 0)

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=0.2)
        database.execute("PRAGMA synchronous = OFF")
        database.executescript(_TABLE)
        return database


_OF: Final[WeakKeyDictionary[Instance, ListCounts]] = WeakKeyDictionary()

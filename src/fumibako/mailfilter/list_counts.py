"""How often each block list decided, counted by all workers together."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.own_database import OwnDatabase, Soon

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
        self._database = OwnDatabase(path, _TABLE)
        self._pending: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self._soon = Soon(_EVERY, self.write)

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
        self._soon.ask()

    def write(self) -> None:
        """What was counted since the last time."""
        self._soon.done()
        pending = [(name, hits, refused) for name, (hits, refused) in self._pending.items()]
        self._pending.clear()
        if pending:
            self._database.put(_ADD, pending)

    def read(self, name: str) -> tuple[int, int]:
        """Hits and refusals of a list, all workers' together."""
        self.write()
        rows = self._database.rows("SELECT hits, refused FROM counts WHERE name = ?", name)
        return rows[0] if rows else (0, 0)


_OF: Final[WeakKeyDictionary[Instance, ListCounts]] = WeakKeyDictionary()

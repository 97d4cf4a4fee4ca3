"""What one operator sees: the revision that serves, with edits laid over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fumibako.document.settings import applied, value_at
from fumibako.schema.edit import Edit
from fumibako.schema.place import Json, Place, is_row, looked_up
from fumibako.store import directory, revisions

Row = dict[str, Json]


@dataclass(frozen=True)
class View:
    """`base` is the revision below, `settings` the tree with the edits made, `overlay` the rows that the edits touch, as
    they are then (None: there is none)."""

    base: int
    settings: dict[str, Json]
    overlay: dict[str, dict[str, Row | None]] = field(default_factory=dict)

    def row(self, table: str, key: str) -> Row | None:
        return self.rows(table, [key]).get(key)

    def rows(self, table: str, keys: Sequence[str]) -> dict[str, Row]:
        """The rows that there are among `keys`."""
        laid = self.overlay.get(table, {})
        found = directory.rows(table, [key for key in keys if key not in laid])
        return found | {key: row for key in keys if (row := laid.get(key)) is not None}

    def at(self, place: Place) -> Json:
        """What stands at a place: an option's value, a row, or a field of one; None where there is nothing."""
        if not is_row(place):
            return value_at(self.settings, place)
        row = self.row(place[0], place[1])
        return row if len(place) == 2 or row is None else row.get(place[2])

    def accounts_in(self, domain: str) -> int:
        """How many accounts a domain has."""
        here = {key: row for key, row in self.overlay.get("accounts", {}).items() if key.endswith("@" + domain)}
        live = directory.rows("accounts", list(here))
        return directory.accounts_in(domain) - len(live) + sum(row is not None for row in here.values())

    def addresses_in(self, domain: str) -> list[str]:
        """All of them: as many as there are."""
        here = {key: row for key, row in self.overlay.get("accounts", {}).items() if key.endswith("@" + domain)}
        return sorted(
            {key for key in directory.keys_in(domain) if key not in here}
            | {key for key, row in here.items() if row is not None}
        )

    @property
    def primary_domain(self) -> str | None:
        """The domain of names without one: the one chosen, else the first."""
        chosen = looked_up(self.settings, ("basics", "primary_domain"))
        if chosen:
            return str(chosen)
        laid = self.overlay.get("domains", {})
        first = directory.first_domain(leaving_out=[key for key, row in laid.items() if row is None])
        return first or next((key for key, row in laid.items() if row is not None), None)

    def with_(self, edits: Iterable[Edit]) -> View:
        """The view with further edits laid over it, in their order."""
        edits = list(edits)
        settings = applied(self.settings, [edit for edit in edits if not is_row(edit.place)])
        touched: dict[str, list[str]] = defaultdict(list)
        for edit in edits:
            if is_row(edit.place):
                touched[edit.place[0]].append(edit.place[1])
        overlay = dict(self.overlay)
        for table, keys in touched.items():
            there = self.rows(table, list(dict.fromkeys(keys)))
            overlay[table] = {**overlay.get(table, {}), **{key: there.get(key) for key in keys}}
        for edit in edits:
            if not is_row(edit.place):
                continue
            table, key = edit.place[:2]
            before = overlay[table][key]
            if len(edit.place) == 2:
                overlay[table][key] = edit.now
            elif before is not None:
                overlay[table][key] = {**before, edit.place[2]: edit.now}
        return View(self.base, settings, overlay)


def live() -> View:
    """What everybody sees who has staged nothing."""
    head = revisions.head()
    return View(head.number, head.settings)

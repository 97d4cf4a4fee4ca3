"""An edit: a place, what was there, and what shall be there.

Every change that Fumibako can make is a list of these values: one option of the settings, or one row (or one field of a
row) of the directory. That an edit carries what it found makes it invertible, and makes a conflict visible: where
something else stands now than `was`, somebody else has been there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fumibako.schema.place import Json, Place, chapter, is_row, read, written


@dataclass(frozen=True)
class Edit:
    """`was` and `now` are JSON values. For a whole row of the directory, None means that there is none: `was=None`
    adds the row, `now=None` removes it. For an option, None is its null."""

    place: Place
    was: Json
    now: Json

    @property
    def path(self) -> str:
        return written(self.place)

    @property
    def chapter(self) -> str:
        """The chapter it belongs to: a section's or a table's name, or that of a field with a chapter of its own."""
        return chapter(self.place)

    @property
    def adds(self) -> bool:
        return is_row(self.place) and len(self.place) == 2 and self.was is None

    @property
    def removes(self) -> bool:
        return is_row(self.place) and len(self.place) == 2 and self.now is None

    def inverse(self) -> Edit:
        return Edit(self.place, self.now, self.was)

    def as_json(self) -> dict[str, Any]:
        """As it is stored and sent: secrets included."""
        return {"path": self.path, "was": self.was, "now": self.now}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Edit:
        return cls(read(value["path"]), value["was"], value["now"])


def composed(edits: Iterable[Edit]) -> list[Edit]:
    """One edit a place, in order of first touch: what was before all of them, what is after. Those that come back to
    where they started are gone. Changes to fields of a row that the same list adds become part of the row."""
    net: dict[Place, Edit] = {}
    for edit in edits:
        row = net.get(edit.place[:2]) if is_row(edit.place) and len(edit.place) == 3 else None
        if row is not None and row.now is not None:
            net[row.place] = Edit(row.place, row.was, {**row.now, edit.place[2]: edit.now})
            continue
        if edit.removes:
            fields = [place for place in net if place[:2] == edit.place and len(place) == 3]
            was = edit.was
            for place in fields:
                was = {**was, place[2]: net.pop(place).was}
            edit = Edit(edit.place, was, None)
        before = net.get(edit.place)
        net[edit.place] = edit if before is None else Edit(edit.place, before.was, edit.now)
    return [edit for edit in net.values() if edit.was != edit.now]


def digest(base: int, edits: Iterable[Edit]) -> str:
    """What a reviewer has seen: the revision it stands on and the net edits. The files follow from these alone."""
    content = {"base": base, "edits": sorted((edit.as_json() for edit in edits), key=lambda each: str(each["path"]))}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

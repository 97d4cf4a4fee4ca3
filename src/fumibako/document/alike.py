"""Edits that are alike: the same field of many rows set to the same value, many rows that come or go, many entries of a list.

A key says which: JSON, so that revisions can keep their counts. It never holds a secret.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fumibako.document.settings import SETS
from fumibako.features.directory.rows import SECRET_FIELDS
from fumibako.schema.edit import Edit
from fumibako.schema.place import Json, Place, is_row

# From so many on they are told in one line.
MANY: Final = 20
_LONGEST: Final = 60  # characters of a value


@dataclass(frozen=True, slots=True)
class Key:
    """`place` is the table, or the list with all that leads to it; `field` that of a row, empty for the row itself. `now` is
    what a field is set to, None where each may be set to another value, too."""

    place: Place
    kind: str
    field: str = ""
    now: Json = None
    same: bool = False

    def __str__(self) -> str:
        return json.dumps([list(self.place), self.kind, self.field, self.now, self.same], ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Key:
        """Raises `ValueError` for what is no key."""
        try:
            place, kind, field, now, same = json.loads(text)
            return cls(tuple(str(part) for part in place), str(kind), str(field), now, bool(same))
        except (TypeError, RecursionError) as error:
            raise ValueError(text) from error


def key_of(edit: Edit) -> str:
    """Empty for an edit that stands alone."""
    parts = _parts(edit)
    return str(Key(*parts)) if parts else ""


def counted(edits: Iterable[Edit]) -> dict[str, int]:
    """How many there are of each that there are many of. There may be a hundred thousand edits: keys are written for what is
    told alone."""
    numbers = Counter(map(_parts, edits))
    return {str(Key(*parts)): number for parts, number in numbers.items() if parts and number >= MANY}


def _parts(edit: Edit) -> tuple[Place, str, str, Json, bool] | None:
    """What a `Key` is made of."""
    kind = "added" if edit.was is None else "removed"
    if not is_row(edit.place):
        return (edit.place[:-1], kind, "", None, False) if edit.place[:-1] in SETS else None
    table, _, *field = edit.place
    if not field:
        return (table,), kind, "", None, False
    same = field[0] not in SECRET_FIELDS and _is_short(edit.now)
    return (table,), "changed", field[0], edit.now if same else None, same


def _is_short(value: Json) -> bool:
    return value is None or isinstance(value, (bool, int)) or (isinstance(value, str) and len(value) <= _LONGEST)

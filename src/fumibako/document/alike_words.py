"""Edits that are alike in one line: “5,000 accounts: Limit → 100 MBytes”."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fumibako.document.alike import Key
from fumibako.document.words import Change, Kind, label, row_field, spoken_field
from fumibako.features.directory.rows import SECRET_FIELDS
from fumibako.schema.text import Text, plain

_ROWS: Final = {
    "domains": Text("{n} domains", "ドメイン {n} 件"),
    "accounts": Text("{n} accounts", "アカウント {n} 件"),
    "aliases": Text("{n} aliases", "エイリアス {n} 件"),
}
_FIELD: Final = Text("{rows}: {field}", "{rows}: {field}")
_ENTRIES: Final = Text("{list}: {n} entries", "{list} {n} 件")
_VARIOUS: Final = Text("various", "それぞれの値")
_SECRET: Final = plain("***")
_EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Alike:
    """`changes` are the first of `count`."""

    key: str
    kind: Kind
    chapter: str
    text: Text
    now: Text
    count: int
    changes: tuple[Change, ...]

    @property
    def examples(self) -> tuple[Change, ...]:
        return self.changes[:_EXAMPLES]

    def as_json(self, language: str) -> dict[str, Any]:
        return {
            "key": self.key,
            "kind": self.kind,
            "count": self.count,
            "text": self.text.in_(language),
            "now": self.now.in_(language),
            "paths": [each.path for each in self.changes],
        }


def told(changes: Iterable[Change], counts: Mapping[str, int]) -> list[Change | Alike]:
    """The changes in their order, those that there are many of in one line where the first of them stands; at the end
    the lines of those of which none is among the changes."""
    lines: dict[str, list[Change]] = {}
    for number, change in enumerate(changes):
        lines.setdefault(change.alike if change.alike in counts else str(number), []).append(change)
    for key in counts:
        lines.setdefault(key, [])
    return [_alike(key, counts[key], each) if key in counts else each[0] for key, each in lines.items()]


def _alike(text: str, count: int, changes: list[Change]) -> Alike:
    key = Key.read(text)
    table = key.place[0]
    kind: Kind = "added" if key.kind == "added" else "removed" if key.kind == "removed" else "changed"
    now = plain("")
    if key.place in _ROW_PLACES:
        said = _ROWS[table].with_(n=f"{count:,}")
        if key.field:
            said = _FIELD.with_(rows=said, field=row_field(table, key.field))
            now = spoken_field(key.field, key.now) if key.same else _VARIOUS
            now = _SECRET if key.field in SECRET_FIELDS else now
    else:
        said = _ENTRIES.with_(list=label(key.place), n=f"{count:,}")
    chapter = changes[0].chapter if changes else table
    return Alike(text, kind, chapter, said, now, count, tuple(changes))


_ROW_PLACES: Final = frozenset((table,) for table in _ROWS)

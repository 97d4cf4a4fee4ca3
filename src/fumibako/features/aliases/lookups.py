"""Aliases as Postfix asks for them: one row a target, parted at the @.

The domain stands by itself so that a query can see whether it is hosted here at the moment of asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fumibako.assembly.lookups import Lookups, Statement
from fumibako.schema.edit import Edit

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS aliases (
  alias TEXT NOT NULL,
  position INTEGER NOT NULL,
  local_part TEXT NOT NULL,
  domain TEXT NOT NULL,
  PRIMARY KEY (alias, position)
) STRICT, WITHOUT ROWID;
"""
_DELETE: Final = "DELETE FROM aliases WHERE alias = ?"
_INSERT: Final = "INSERT INTO aliases (alias, position, local_part, domain) VALUES (?, ?, ?, ?)"


def statements(edit: Edit) -> list[Statement]:
    """What the edit of an alias changes. The targets are written anew; readers see all of them or none of it."""
    _, key, *field = edit.place
    if not field and edit.now is None:
        return [Statement("lookup", "remove", _DELETE, (key,))]
    targets: Sequence[str] = edit.now if field else edit.now.get("targets", ())
    rows = [(key, position, *_parted(target)) for position, target in enumerate(targets)]
    return [
        Statement("lookup", "add", _DELETE, (key,)),
        *(Statement("lookup", "add", _INSERT, row) for row in rows),
    ]


def _parted(target: str) -> tuple[str, str]:
    local_part, _, domain = target.rpartition("@")
    return local_part, domain


ALIASES: Final = Lookups({"lookup": _SCHEMA}, {"lookup": ("aliases",)}, statements)

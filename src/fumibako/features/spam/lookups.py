"""The refused senders as Postfix asks for them. A change is live with the next question."""

from __future__ import annotations

from typing import Final

from fumibako.assembly.lookups import Lookups, Statement
from fumibako.schema.edit import Edit

# `block_lists` is no look-up of the settings: the agent keeps there what it found about each list, for the mail filter.
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS blocked_senders (pattern TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS block_lists (
  name TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  checked INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""


def statements(edit: Edit) -> list[Statement]:
    """What the edit of a sender changes; block lists stand in the mail filter's configuration."""
    if edit.place[1] != "blocked_senders":
        return []
    sql = (
        "DELETE FROM blocked_senders WHERE pattern = ?"
        if edit.now is None
        else "INSERT OR IGNORE INTO blocked_senders (pattern) VALUES (?)"
    )
    return [Statement("lookup", "add", sql, (edit.place[-1],))]


SPAM: Final = Lookups({"lookup": _SCHEMA}, {"lookup": ("blocked_senders",)}, statements)

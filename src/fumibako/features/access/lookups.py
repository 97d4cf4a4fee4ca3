"""The permitted clients as Postfix asks for them: ranges of addresses for `mynetworks`, names for `check_client_access`.

A change is live with the next question that Postfix asks, in sessions that are open as well.
"""

from __future__ import annotations

from typing import Final

from fumibako.assembly.lookups import Lookups, Statement
from fumibako.mail.client_pattern import Named, parse_client
from fumibako.schema.edit import Edit

# `low` and `high` are 32 hexadecimal digits, IPv4 mapped into IPv6. `name` is a host's name, or a domain's with the dot in
# front that Postfix asks with for the names under it.
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS permitted_addresses (
  entry TEXT NOT NULL PRIMARY KEY,
  low TEXT NOT NULL,
  high TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS permitted_addresses_range ON permitted_addresses (low, high);
CREATE TABLE IF NOT EXISTS permitted_names (name TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
"""


def statements(edit: Edit) -> list[Statement]:
    """What the edit of an entry changes. The files name the tables and never an entry, so a withdrawn one goes with the
    rows that come: the live server and the plan see one state."""
    entry = edit.place[-1]
    pattern = parse_client(entry)
    if isinstance(pattern, Named):
        names = (pattern.domain.ascii, f".{pattern.domain.ascii}")
        sql = (
            "DELETE FROM permitted_names WHERE name = ?"
            if edit.now is None
            else "INSERT OR IGNORE INTO permitted_names (name) VALUES (?)"
        )
        return [Statement("lookup", "add", sql, (name,)) for name in names]
    if edit.now is None:
        return [Statement("lookup", "add", "DELETE FROM permitted_addresses WHERE entry = ?", (entry,))]
    sql = "INSERT OR REPLACE INTO permitted_addresses (entry, low, high) VALUES (?, ?, ?)"
    return [Statement("lookup", "add", sql, (entry, *pattern.range.keys))]


ACCESS: Final = Lookups({"lookup": _SCHEMA}, {"lookup": ("permitted_addresses", "permitted_names")}, statements)

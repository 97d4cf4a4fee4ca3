"""The directory as Postfix and Dovecot ask for it: two small SQLite databases, split by reader.

`lookup` holds what Postfix needs to know (which domains, which addresses), `passwords` what Dovecot needs (hashes,
whether one may log in, the limit). An edit becomes statements of two phases. Rows are added before new files are
installed and removed after the servers have taken them in, so that every prefix of an apply is a valid server: a domain
that the old files do not serve yet does no harm in a table, one that the new files still serve must not be missing.

Every statement may run twice, and may run where its effect is there already: an agent that was killed begins again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from fumibako.schema.edit import Edit
from fumibako.schema.place import Json, is_row

Database = Literal["lookup", "passwords"]
Phase = Literal["add", "remove"]
Value = str | int | None

DATABASES: Final[tuple[Database, ...]] = ("lookup", "passwords")

# The one row of `meta` says which revision the tables show; it is written in the transaction that changes them.
_META: Final = """
CREATE TABLE IF NOT EXISTS meta (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO meta (one, revision) VALUES (1, 0);
"""

# In WAL mode the agent's transaction stops no reader. The statements may run at every start.
SCHEMA: Final[dict[Database, str]] = {
    "lookup": """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS domains (name TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts (address TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
"""
    + _META,
    "passwords": """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS accounts (
  address TEXT NOT NULL PRIMARY KEY,
  password TEXT,
  enabled INTEGER NOT NULL,
  quota_mb INTEGER
) STRICT, WITHOUT ROWID;
"""
    + _META,
}

# The tables of each database and the column that holds the row's key: what a full synchronisation walks over.
KEYS: Final[dict[Database, dict[str, str]]] = {
    "lookup": {"domains": "name", "accounts": "address"},
    "passwords": {"accounts": "address"},
}

_COLUMNS: Final = {"password_hash": "password", "enabled": "enabled", "quota_mb": "quota_mb"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its parameters (`?`), for one database, in one phase of an apply."""

    database: Database
    phase: Phase
    sql: str
    parameters: tuple[Value, ...]


def statements(edit: Edit) -> list[Statement]:
    """What the edit changes in the look-ups; none for an edit of the settings. The inverse edit undoes them."""
    if not is_row(edit.place):
        return []
    table, key, *field = edit.place
    match table, field:
        case "domains", []:
            return _domain(key, edit.now)
        case "accounts", []:
            return _account(key, edit.now)
        case "accounts", [name] if name in _COLUMNS:
            sql = f"UPDATE accounts SET {_COLUMNS[name]} = ? WHERE address = ?"  # noqa: S608  # a name from our own table
            return [Statement("passwords", "add", sql, (_stored(edit.now), key))]
        case _:
            return []


def rows(table: str, content: Iterable[tuple[str, Mapping[str, Json]]]) -> list[Statement]:
    """The statements that put whole rows into the look-ups: a full synchronisation."""
    return [each for key, row in content for each in statements(Edit((table, key), None, dict(row)))]


def at_revision(database: Database, revision: int) -> Statement:
    """The statement that says which revision the tables show from now on."""
    return Statement(database, "add", "UPDATE meta SET revision = ? WHERE one = 1", (revision,))


def _domain(name: str, row: Json) -> list[Statement]:
    if row is None:
        return [Statement("lookup", "remove", "DELETE FROM domains WHERE name = ?", (name,))]
    return [Statement("lookup", "add", "INSERT OR IGNORE INTO domains (name) VALUES (?)", (name,))]


def _account(address: str, row: Json) -> list[Statement]:
    """An account that is switched off keeps its address: its mail is still delivered."""
    if row is None:
        delete = "DELETE FROM accounts WHERE address = ?"
        # First Postfix stops taking mail for it, then Dovecot forgets it.
        return [Statement("lookup", "remove", delete, (address,)), Statement("passwords", "remove", delete, (address,))]
    upsert = (
        "INSERT INTO accounts (address, password, enabled, quota_mb) VALUES (?, ?, ?, ?) ON CONFLICT (address) "
        "DO UPDATE SET password = excluded.password, enabled = excluded.enabled, quota_mb = excluded.quota_mb"
    )
    values = (address, row.get("password_hash"), int(row.get("enabled", True)), row.get("quota_mb"))
    # First Dovecot can deliver to it, then Postfix takes mail for it.
    return [
        Statement("passwords", "add", upsert, values),
        Statement("lookup", "add", "INSERT OR IGNORE INTO accounts (address) VALUES (?)", (address,)),
    ]


def _stored(value: Json) -> Value:
    return int(value) if isinstance(value, bool) else value

"""Look-ups: what Postfix and Dovecot ask small SQLite databases for, split by reader, as features contribute it.

`lookup` holds what Postfix needs to know, `passwords` what Dovecot needs. An edit becomes statements of two phases. Rows
are added before new files are installed and removed after the servers have taken them in, so that every prefix of an
apply is a valid server: a domain that the old files do not serve yet does no harm in a table, one that the new files
still serve must not be missing.

Every statement may run twice, and may run where its effect is there already: an agent that was killed begins again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from fumibako.schema.edit import Edit

Database = Literal["lookup", "passwords"]
Phase = Literal["add", "remove"]
Value = str | int | None

DATABASES: Final[tuple[Database, ...]] = ("lookup", "passwords")

# In WAL mode the agent's transaction stops no reader. The one row of `meta` says which revision the tables show; it is
# written in the transaction that changes them. The statements may run at every start.
FOUNDATION: Final = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS meta (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO meta (one, revision) VALUES (1, 0);
"""


class Statement(NamedTuple):
    """One statement with its parameters (`?`), for one database, in one phase of an apply."""

    database: Database
    phase: Phase
    sql: str
    parameters: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Lookups:
    """A feature's tables: the SQL that makes them where they are missing, the names of those that it fills, and what an
    edit of its chapter changes in them. The inverse edit undoes the statements of an edit."""

    schema: Mapping[Database, str]
    tables: Mapping[Database, tuple[str, ...]]
    statements: Callable[[Edit], list[Statement]]


def at_revision(database: Database, revision: int) -> Statement:
    """The statement that says which revision the tables show from now on."""
    return Statement(database, "add", "UPDATE meta SET revision = ? WHERE one = 1", (revision,))


def joined(*parts: Lookups) -> Lookups:
    """The look-ups of features that share a chapter."""
    return Lookups(
        {name: "".join(each.schema.get(name, "") for each in parts) for name in DATABASES},
        {name: tuple(table for each in parts for table in each.tables.get(name, ())) for name in DATABASES},
        lambda edit: [statement for each in parts for statement in each.statements(edit)],
    )

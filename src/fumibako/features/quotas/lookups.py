"""Which mailboxes are full: written by the agent as it follows their usage, read where an alias is expanded.

The settings and the directory say nothing of it, so no edit writes here and nothing is compared with the console.
"""

from __future__ import annotations

from typing import Final

from fumibako.assembly.lookups import Lookups

_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS full_mailboxes (address TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;\n"
)

QUOTAS: Final = Lookups({"lookup": _SCHEMA}, {}, lambda _edit: [])

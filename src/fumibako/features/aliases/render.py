"""Aliases as Postfix has them: one look-up, and limits that suit the longest alias.

An address that is an account and no alias leads to itself: so a catch-all, which Postfix asks for last, never takes an
account's mail, one that is switched off included.
"""

from __future__ import annotations

from typing import Final

from fumibako.assembly.facts import Facts
from fumibako.assembly.fragment import Fragment
from fumibako.features.aliases.expansion import DEEPEST, MOST_RECIPIENTS
from fumibako.formats.sql_files import SqliteMap, format_map

_FILE: Final = "aliases.cf"
_QUERY: Final = (
    "SELECT local_part || '@' || domain FROM aliases WHERE alias = '%s' "
    "UNION ALL SELECT address FROM accounts WHERE address = '%s' "
    "AND NOT EXISTS (SELECT 1 FROM aliases WHERE alias = '%s')"
)


def aliases_fragment(facts: Facts) -> Fragment:
    home = facts.home
    return Fragment(
        "Aliases",
        {
            "virtual_alias_maps": f"proxy:sqlite:{home.postfix}/{_FILE}",
            # Beyond these Postfix takes a message for one in a loop and defers it: the checks keep well below.
            "virtual_alias_expansion_limit": str(MOST_RECIPIENTS),
            "virtual_alias_recursion_limit": str(2 * DEEPEST),
        },
        files={f"postfix/{_FILE}": format_map(SqliteMap(f"file:{home.lookup_db}?mode=ro", _QUERY, comment="Aliases"))},
    )

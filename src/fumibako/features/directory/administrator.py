"""The administrator: who gets mail to the names that a mail server must answer to (RFC 2142, RFC 5321 §4.5.1).

postmaster, abuse, root and mailer-daemon of every hosted domain and of the host name itself, where there is no account
and no alias of that name, lead to one address. It stands in the look-ups, so a change counts at once. An administrator who is no
longer here (account and alias gone) leads nowhere: then the names are unknown, and refused while the sender still has the
message.
"""

from __future__ import annotations

from typing import Final

from fumibako.assembly.lookups import Lookups, Statement
from fumibako.features.aliases.marks import FORWARD
from fumibako.schema.edit import Edit

NAMES: Final = ("postmaster", "abuse", "root", "mailer-daemon")
NEEDED: Final = NAMES[:2]  # what must never vanish from a domain that has it
PLACE: Final = ("basics", "administrator")
TABLE: Final = "administrator.cf"

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS administrator (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  local_part TEXT NOT NULL,
  domain TEXT NOT NULL
) STRICT;
"""
_LIST: Final = ", ".join(f"'{name}'" for name in NAMES)
_ADDRESS: Final = "administrator.local_part || '@' || administrator.domain"  # `aliases` has such columns, too
_IS_SOMEBODY: Final = (
    "(domain NOT IN (SELECT name FROM domains) "  # noqa: S608  # our own words
    f"OR EXISTS (SELECT 1 FROM accounts WHERE address = {_ADDRESS}) "
    f"OR EXISTS (SELECT 1 FROM system_users WHERE address = {_ADDRESS}) "
    f"OR EXISTS (SELECT 1 FROM aliases WHERE alias = {_ADDRESS}))"
)


def statements(edit: Edit) -> list[Statement]:
    if edit.place != PLACE:
        return []
    if not edit.now:
        return [Statement("lookup", "remove", "DELETE FROM administrator WHERE one = 1", ())]
    local_part, _, domain = str(edit.now).rpartition("@")
    sql = "INSERT OR REPLACE INTO administrator (one, local_part, domain) VALUES (1, ?, ?)"
    return [Statement("lookup", "add", sql, (local_part, domain))]


def is_administrators(address: str) -> bool:
    """Whether the address is one of the names, in whatever domain."""
    return address.lower().rpartition("@")[0] in NAMES


def query(hostname: str) -> str:
    """The look-up of one of the names. It stands behind the aliases, in which accounts are too: what it answers for has
    neither; and a catch-all, which is asked for later, does not take these names' mail."""
    return (
        f"SELECT local_part || CASE WHEN domain IN (SELECT name FROM domains) THEN '@' || domain "  # noqa: S608  # our own words
        f"ELSE '=' || domain || '@{FORWARD}' END FROM administrator "
        f"WHERE substr('%s', 1, instr('%s', '@') - 1) IN ({_LIST}) "
        f"AND (substr('%s', instr('%s', '@') + 1) = '{hostname}' "
        f"OR substr('%s', instr('%s', '@') + 1) IN (SELECT name FROM domains)) AND {_IS_SOMEBODY}"
    )


def host_query(hostname: str) -> str:
    """The host name as a domain that has these names alone, where it is not hosted and there is an administrator."""
    return (
        f"SELECT '%s' FROM administrator WHERE '%s' = '{hostname}' "  # noqa: S608  # our own words
        "AND NOT EXISTS (SELECT 1 FROM domains WHERE name = '%s')"
    )


# As the mail filter asks, for an address that has neither alias nor account; `?` is the address, its local part being
# known to be one of the names.
STANDING_IN: Final = f"SELECT local_part || '@' || domain FROM administrator WHERE {_IS_SOMEBODY}"  # noqa: S608

ADMINISTRATOR: Final = Lookups({"lookup": _SCHEMA}, {"lookup": ("administrator",)}, statements)

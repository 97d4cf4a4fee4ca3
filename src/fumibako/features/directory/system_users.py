"""Users of the operating system as accounts (システムアカウント): NAME@primary domain, with the password that the system knows.

Who they are is the machine's business and no edit's: the agent keeps `system_users` as the machine has it, and empty while
they take no mail here, so nothing compares it with the console. What is edited of them is a limit. An account of the directory of the
same address always wins. Their mailboxes lie apart from those of accounts (no domain is called `system`), so that neither
ever opens the other's.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import Field

from fumibako.assembly.lookups import Lookups, Statement
from fumibako.formats.dovecot23 import Block, Item, Setting
from fumibako.formats.sql_files import DovecotSql
from fumibako.layout import Home
from fumibako.schema.edit import Edit
from fumibako.schema.option import Option, Section
from fumibako.schema.text import Text

SQL_FILE: Final = "system-sql.conf"
LIMITS: Final = ("basics", "system_limits")
PLACE: Final = "system"  # of their mailboxes, below those of all domains
FIRST_UID: Final = 1000
# nobody, and what stands for it where numbers are mapped (overflowuid; -1 and -2 of 16 and of 32 bits)
_NOBODYS: Final = frozenset({65534, 65535, 4294967294, 4294967295})
# As useradd(8) of Debian takes names, in lower case (log-in names have no case here) and without `$`.
_NAME: Final = re.compile(r"[a-z_][a-z0-9_-]*(?:\.[a-z0-9_-]+)*")
_LONGEST: Final = 32

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS system_users (
  address TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS system_limits (name TEXT NOT NULL PRIMARY KEY, quota_mb INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""


class SystemLimit(Section):
    quota_mb: Annotated[
        int,
        Field(ge=1, le=8_000_000_000),
        Option(Text("Limit", "制限容量"), unit=Text("MBytes", "MBytes")),
    ]


def spelling(name: str) -> str:
    return name.strip().lower()


def may_be_account(name: str, uid: int) -> bool:
    """Whether a user of the system may have a mailbox: never root, never a service's user, never nobody; and only under
    a name that is the same in every letter here. What shell he has does not matter: a mailbox needs none."""
    by_name = name != "root" and len(name) <= _LONGEST and _NAME.fullmatch(name) is not None
    return by_name and uid >= FIRST_UID and uid not in _NOBODYS


def statements(edit: Edit) -> list[Statement]:
    """Both databases hold a limit: Dovecot keeps to it, the mail filter refuses by it."""
    if edit.place[:-1] != LIMITS:
        return []
    name = edit.place[-1]
    if edit.now is None:
        sql, values = "DELETE FROM system_limits WHERE name = ?", (name,)
        return [Statement(database, "add", sql, values) for database in ("passwords", "lookup")]
    sql = "INSERT OR REPLACE INTO system_limits (name, quota_mb) VALUES (?, ?)"
    return [Statement(database, "add", sql, (name, edit.now["quota_mb"])) for database in ("passwords", "lookup")]


def home_of_a_user(home: Home) -> str:
    return f"'{home.mail}/{PLACE}/%n' AS home"


def queries(home: Home, quota_rule: str) -> DovecotSql:
    """Who of them there is. The first query gives PAM the bare name and lets nobody in by itself; where it finds nobody,
    PAM is never asked: not for root, not for a service's user, not for a name that the directory has."""
    mine = "address = '%u' AND name <> 'root' AND NOT EXISTS (SELECT 1 FROM accounts WHERE address = '%u')"
    limit = "(SELECT quota_mb FROM system_limits WHERE system_limits.name = system_users.name)"
    return DovecotSql(
        connect=f"file:{home.passwords_db}?mode=ro",
        default_pass_scheme="SHA512-CRYPT",  # noqa: S106  # a scheme's name
        password_query=f"SELECT name AS user, NULL AS password, 'Y' AS noauthenticate FROM system_users WHERE {mine}",  # noqa: S608
        user_query=f"SELECT address AS user, {quota_rule.replace('quota_mb', limit)} AS quota_rule, {home_of_a_user(home)} "  # noqa: S608
        f"FROM system_users WHERE {mine}",
        iterate_query="SELECT address AS user FROM system_users "
        "WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.address = system_users.address)",
        comment="System accounts",
    )


def log_in(sql: str, domain: str) -> tuple[Item, ...]:
    """Behind the accounts' own: the system's password, by PAM. What PAM calls `taro` is taro@DOMAIN again afterwards."""
    known = (
        Setting("driver", "sql"),
        Setting("args", sql),
        Setting("result_success", "continue"),
        Setting("result_failure", "return-fail"),
        Setting("result_internalfail", "return-fail"),
    )
    asked = (Setting("driver", "pam"), Setting("override_fields", f"user=%Ln@{domain}"))
    return (Block("passdb", "", known), Block("passdb", "", asked))


SYSTEM_USERS: Final = Lookups(
    {"lookup": _TABLES, "passwords": _TABLES},
    {"lookup": ("system_limits",), "passwords": ("system_limits",)},
    statements,
)

"""The real sources of what Postfix asks: the tables with the very queries of the installed files, the mail filter, and what
main.cf says; of the live server or of a trial."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack, closing
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Literal, Self

from fumibako.channel.mail_filter import ask_filter
from fumibako.features.directory.system_limits import LIMITS_BY_ADDRESS
from fumibako.features.quotas.room import MBYTE
from fumibako.formats import main_cf
from fumibako.formats.sql_files import SqliteMap, parse_dovecot_sql, parse_map
from fumibako.layout import Home
from fumibako.mail.address_range import AddressRange
from fumibako.node.trouble import Trouble
from fumibako.plan.walk import tables_in
from fumibako.schema.text import Text

_PART: Final = re.compile(r"%[%sud]")
_PATIENCE: Final = 25.0  # the filter answers within 20
_READER: Final = 1.0  # seconds that a reader waits for a database


_AWAY: Final = Text("The server cannot be asked now: {why}.", "いまは問い合わせできません: {why}。")


class SourcesAway(Trouble):
    """A file or a database is not there, or not as we write it: nothing can be said that rests on it."""

    def __init__(self, why: str) -> None:
        super().__init__("sources-away", _AWAY.with_(why=why), why)


class Sources:
    """What the server asks. Open it with `with`, as often as wanted; all of it blocks."""

    def __init__(self, home: Home, where: Literal["live", "trial"], generation: int) -> None:
        self._home = home
        self._server = Path(home.server if where == "live" else home.trial)
        self._files = Path(home.generation(generation))
        self._main: dict[str, str] = {}
        self._queries: dict[str, SqliteMap] = {}
        self._databases: dict[Path, sqlite3.Connection] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        parsed = main_cf.parse(self._text("postfix/main.cf"))
        self._main = {each.name: each.value for each in parsed.entries if isinstance(each, main_cf.Parameter)}
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self._databases.clear()

    def value(self, parameter: str) -> str:
        return self._main.get(parameter, "")

    def maps(self, parameter: str) -> list[str]:
        return tables_in(self.value(parameter))

    def found(self, table: str, key: str) -> str | None:
        """The table's rows for a key, as sqlite_table(5) puts them together."""
        if table not in self._queries:
            self._queries[table] = parse_map(self._text(f"postfix/{table}"))
        rows = self._rows(self._home.lookup_db, expanded(self._queries[table].query, key.lower()))
        return ",".join(str(row[0]) for row in rows) or None

    def action(self, context: str, attributes: Mapping[str, str]) -> str | None:
        socket = self._inside(self._home.policy_socket)
        return ask_filter(self._home, context, attributes, patience=_PATIENCE, socket_path=socket)

    def may_log_in(self, account: str) -> bool:
        """Whether Dovecot knows a password for the account."""
        files = ["dovecot/dovecot-sql.conf"]
        if "driver = pam" in self._text("dovecot/dovecot.conf"):
            files.append("dovecot/system-sql.conf")
        queries = (parse_dovecot_sql(self._text(each)).password_query.replace("%u", "%s") for each in files)
        return any(self._rows(self._home.passwords_db, expanded(query, account)) for query in queries)

    def is_full(self, address: str) -> bool:
        sql = f"SELECT quota_mb FROM accounts WHERE address = ?1 UNION ALL SELECT quota_mb FROM ({LIMITS_BY_ADDRESS}) WHERE address = ?1"  # noqa: S608
        limit = self._rows(self._home.passwords_db, sql, address)
        if not limit or not limit[0][0] or not self._inside(self._home.usage_db).exists():
            return False
        used = self._rows(self._home.usage_db, "SELECT bytes FROM usage WHERE username = ?", address)
        return bool(used) and used[0][0] >= limit[0][0] * MBYTE

    def full_targets(self, alias: str) -> list[str]:
        sql = (
            "SELECT local_part || '@' || domain FROM aliases WHERE alias = ? "
            "AND local_part || '@' || domain IN (SELECT address FROM full_mailboxes) ORDER BY position"
        )
        return [str(row[0]) for row in self._rows(self._home.lookup_db, sql, alias)]

    def clients_covering(self, client: str) -> list[str]:
        """The permitted entries whose range has the address, the narrowest first."""
        address = ip_address(client)
        key = AddressRange(address.version, int(address), int(address)).keys[0]
        rows = self._rows(
            self._home.lookup_db,
            "SELECT entry, low, high FROM permitted_addresses WHERE low <= ? AND high >= ?",
            key,
            key,
        )
        return [entry for entry, _, _ in sorted(rows, key=lambda row: (int(row[2], 16) - int(row[1], 16), row[0]))]

    def has_names(self) -> bool:
        """Whether any client is permitted by its name."""
        return bool(self._rows(self._home.lookup_db, "SELECT 1 FROM permitted_names LIMIT 1"))

    def _rows(self, path: object, sql: str | None, *values: str) -> list[tuple[Any, ...]]:
        if sql is None:
            return []
        database = self._inside(path)
        try:
            if database not in self._databases:
                connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=_READER)
                self._databases[database] = self._open.enter_context(closing(connection))
            return self._databases[database].execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise SourcesAway(f"{database}: {error}") from error

    def _inside(self, path: object) -> Path:
        return self._server / Path(str(path)).relative_to(str(self._home.server))

    def _text(self, path: str) -> str:
        try:
            return (self._files / path).read_text()
        except OSError as error:
            raise SourcesAway(f"{error.filename}: {error.strerror}") from error


def expanded(query: str, key: str) -> str | None:
    """A query with the key in it, as Postfix expands it (sqlite_table(5)); None where it asks nothing for such a key."""
    local_part, at, domain = key.rpartition("@")
    if "%d" in query.replace("%%", "") and not (at and local_part):
        return None
    parts = {"%%": "%", "%s": key, "%u": local_part if at else key, "%d": domain}
    return _PART.sub(lambda part: parts[part[0]].replace("'", "''") if part[0] != "%%" else "%", query)

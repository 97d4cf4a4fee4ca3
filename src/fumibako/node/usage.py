"""The usage database from the agent's side: made for Dovecot to write, read as it grows, put right where it is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fumibako.features.quotas.usage import USAGE_SCHEMA
from fumibako.layout import Home
from fumibako.node.database_files import made, opened, set_aside_if_useless, transaction
from fumibako.wire.applier import Counted

ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class Used:
    """How full one mailbox is."""

    address: str
    bytes: int
    messages: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed after some number: the last word on each mailbox, oldest first. `last` is where to go on in this
    `epoch`; `logged_in` are addresses and seconds since 1970; `full` where there may be more."""

    epoch: str
    last: int
    used: tuple[Used, ...]
    logged_in: tuple[tuple[str, int], ...] = ()
    full: bool = False


class Usage:
    def __init__(self, home: Home) -> None:
        self._path = Path(home.usage_db)

    def ensure(self) -> None:
        set_aside_if_useless(self._path)
        with closing(made(self._path)) as database:
            database.executescript(USAGE_SCHEMA)

    def changes(self, epoch: str, after: int, limit: int = ROWS) -> Changes:
        """What was written after the number `after` of `epoch`; everything, where that epoch is over."""
        with closing(opened(self._path)) as database:
            (current,) = database.execute("SELECT epoch FROM counter").fetchone()
            start = after if current == epoch else 0
            rows = database.execute(
                "SELECT username, bytes, messages, NULL, seq FROM usage WHERE seq > :start "
                "UNION ALL SELECT username, NULL, NULL, at, seq FROM log_ins WHERE seq > :start "
                "ORDER BY 5 LIMIT :limit",
                {"start": start, "limit": limit},
            ).fetchall()
        last = rows[-1][4] if rows else start
        used = tuple(Used(*row[:3]) for row in rows if row[3] is None)
        logged_in = tuple((row[0], row[3]) for row in rows if row[3] is not None)
        return Changes(current, last, used, logged_in, full=len(rows) == limit)

    def numbers(self, addresses: Iterable[str]) -> dict[str, int]:
        """The number of the last change of each mailbox; one that was never written of has none."""
        with closing(opened(self._path)) as database:
            found = (
                database.execute("SELECT username, seq FROM usage WHERE username = ?", (address,)).fetchone()
                for address in addresses
            )
            return dict(row for row in found if row)

    def correct(self, counted: Iterable[Counted], numbers: Mapping[str, int]) -> int:
        """Write what was counted where it differs, unless Dovecot has said something since `numbers` were read. Returns
        how many rows were wrong."""
        wrong = 0
        with transaction(self._path) as database:
            for each in counted:
                number = numbers.get(each.address)
                octets = each.kilobytes * 1024
                if number is None:
                    sql = "INSERT OR IGNORE INTO usage (username, bytes, messages) VALUES (?, ?, ?)"
                    wrong += database.execute(sql, (each.address, octets, each.messages)).rowcount
                else:
                    sql = (
                        "UPDATE usage SET bytes = ?, messages = ? WHERE username = ? AND seq = ?"
                        " AND ((bytes + 1023) / 1024 <> ? OR messages <> ?)"
                    )
                    values = (octets, each.messages, each.address, number, each.kilobytes, each.messages)
                    wrong += database.execute(sql, values).rowcount
        return wrong

    def warned(self, addresses: Iterable[str]) -> dict[str, int]:
        """The level of the last warning of each mailbox that has had one."""
        with closing(opened(self._path)) as database:
            found = (
                database.execute("SELECT username, level FROM warned WHERE username = ?", (address,)).fetchone()
                for address in addresses
            )
            return dict(row for row in found if row)

    def remember_warning(self, address: str, level: int) -> None:
        """Level 0 forgets."""
        with transaction(self._path) as database:
            database.execute("DELETE FROM warned WHERE username = ?", (address,))
            if level:
                database.execute("INSERT INTO warned (username, level) VALUES (?, ?)", (address, level))

    def forget_log_ins(self, addresses: Iterable[str]) -> None:
        """Of accounts that are gone; one that comes after them has not logged in."""
        with transaction(self._path) as database:
            database.executemany("DELETE FROM log_ins WHERE username = ?", [(address,) for address in addresses])

    def say_again(self, addresses: Iterable[str]) -> None:
        """Give what is known of these mailboxes new numbers, so that whoever follows hears it again."""
        numbered = list(enumerate(addresses, 1))
        number = "UPDATE usage SET seq = (SELECT seq FROM counter) + ? WHERE username = ?"
        with transaction(self._path) as database:
            database.executemany(number, numbered)
            database.execute("UPDATE counter SET seq = seq + ?", (len(numbered),))

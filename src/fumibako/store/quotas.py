"""The list of mailboxes with their usage, made for a million rows: a page is read from an index or from a small range.

Every question is one of two. Either an index has the rows in the order that is asked for: then it is walked from the
cursor on. Or the search finds few rows: then those are sorted. SQLite's and PostgreSQL's planners guess which is which and
guess wrong on a million rows, so the SQL leaves them no choice: `|| ''` and `+ 0` keep an index from being used.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from django.db import connection

from fumibako.features.quotas.initials import KANA
from fumibako.store import initials
from fumibako.store.directory import count, number_in
from fumibako.store.models import Domain
from fumibako.store.turned import LAST

Order = Literal["name", "usage"]
Cursor = tuple[int, str]  # bytes used, and the address; in the order of names only the address counts

# So many rows are sorted at once; of more, an index is walked and those that do not fit are passed over.
SORTED: Final = 10_000
COUNTED: Final = 30_000


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A row of the list. `quota_mb` is the live limit."""

    address: str
    name: str
    quota_mb: int | None
    used: int
    messages: int


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, one of these: addresses or names that begin with `text`, a whole domain (`@example.jp`), or
    an initial; `within` these domains only, where it is not None."""

    text: str = ""
    initial: str = ""
    within: frozenset[str] | None = None

    @property
    def is_empty(self) -> bool:
        return not self.text and not self.initial


@dataclass(frozen=True, slots=True)
class _Condition:
    """A condition; the same so that no index is used for it; its values; and whether an index has the rows that it
    finds in the order that is asked for."""

    sql: str = ""
    slow: str = ""
    values: tuple[str | int, ...] = ()
    walks: bool = True


def page(search: Search, order: Order, *, falling: bool, after: Cursor | None, limit: int) -> list[Mailbox]:
    """The rows behind `after`, in the order that is asked for."""
    condition = _condition(search, order)
    few = not condition.walks and _count(condition, SORTED + 1) <= SORTED
    where = condition.sql if few or condition.walks else condition.slow
    cursor: tuple[int | str, ...]
    if order == "name":
        columns, cursor = ["address || ''" if few else "address"], () if after is None else after[1:]
    else:
        columns, cursor = ["usage_bytes + 0" if few else "usage_bytes", "address"], after or ()
    conditions = [where] if where else []
    if cursor:
        conditions.append(f"({', '.join(columns)}) {'<' if falling else '>'} ({', '.join(['%s'] * len(cursor))})")
    ordered = ", ".join(f"{column} {'DESC' if falling else 'ASC'}" for column in columns)
    return _mailboxes(f"{_where(conditions)} ORDER BY {ordered} LIMIT %s", [*condition.values, *cursor, limit])


def found(search: Search) -> tuple[int, bool]:
    """How many rows a search finds; True with it where there are more than that, which are not counted."""
    if search.is_empty:
        return count("accounts", search.within), False
    if search.initial and search.within is None:
        return initials.live().get(search.initial, 0), False
    if search.text.startswith("@"):
        theirs = search.within is not None and search.text[1:] not in search.within
        return 0 if theirs else number_in("accounts", search.text[1:]), False
    number = _count(_condition(search, "name"), COUNTED + 1)
    return min(number, COUNTED), number > COUNTED


def addresses(search: Search) -> list[str]:
    """All that a search finds: as many as there are."""
    condition = _condition(search, "name")
    sql = f"SELECT address FROM store_account {_where([condition.sql])} ORDER BY address"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, condition.values)
        return [row[0] for row in cursor.fetchall()]


def mailboxes(keys: Sequence[str]) -> dict[str, Mailbox]:
    """Those of a few addresses that exist."""
    if not keys:
        return {}
    marks = ", ".join(["%s"] * len(keys))
    return {each.address: each for each in _mailboxes(f"WHERE address IN ({marks})", keys)}


def _mailboxes(rest: str, values: Sequence[str | int]) -> list[Mailbox]:
    sql = f"SELECT address, name, quota_mb, usage_bytes, usage_messages FROM store_account {rest}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return [Mailbox(*row) for row in cursor.fetchall()]


def live_initials(within: Collection[str] | None) -> dict[str, int]:
    """The initials that there are, with their numbers of accounts."""
    return initials.live(None if within is None else _numbers(within))


def _condition(search: Search, order: Order) -> _Condition:
    if search.within is None:
        return _wanted(search, order)
    if search.initial or (search.text and not search.text.startswith("@")):
        # The range of what is looked for is gone through, and others' rows are passed over.
        wanted, numbers = _wanted(search, order), _numbers(search.within)
        theirs = f"domain_id + 0 IN ({', '.join(['%s'] * len(numbers))})"
        slow = f"{wanted.slow} AND {theirs}" if wanted.slow else theirs
        return _Condition(f"{wanted.sql} AND {theirs}", slow, (*wanted.values, *numbers), wanted.walks)
    numbers = _numbers(search.within & {search.text[1:]} if search.text else search.within)
    marks = ", ".join(["%s"] * len(numbers))
    one = len(numbers) == 1 and order == "name"
    return _Condition(f"domain_id IN ({marks})", f"domain_id + 0 IN ({marks})", numbers, one)


def _numbers(names: Collection[str]) -> tuple[int, ...]:
    """The numbers of these domains; that of none where there is none of them."""
    return tuple(Domain.objects.filter(name__in=list(names)).values_list("id", flat=True)) or (0,)


def _wanted(search: Search, order: Order) -> _Condition:
    if search.initial:
        return _of_initial(search.initial)
    if search.text.startswith("@"):
        number = Domain.objects.filter(name=search.text[1:]).values_list("id", flat=True).first()
        return _Condition("domain_id = %s", "domain_id + 0 = %s", (number or 0,), order == "name")
    if not search.text:
        return _Condition()
    if search.text.isascii() and " " not in search.text:
        return _between("address", search.text, search.text + LAST, walks=order == "name")
    condition = _between("name", search.text, search.text + LAST, walks=False)
    # The index has only rows with a name, and the planners want to hear that they need no others.
    return replace(condition, sql=f"{condition.sql} AND NOT (name = '')")


def _of_initial(initial: str) -> _Condition:
    if initial in KANA:
        return _Condition("kana = %s AND NOT (kana = '')", "", (initial,))
    return _Condition("initial = %s", "", (initial,))


def _between(column: str, low: str, high: str, *, walks: bool) -> _Condition:
    kept_away = f"{column} || ''"
    return _Condition(
        f"{column} >= %s AND {column} < %s", f"{kept_away} >= %s AND {kept_away} < %s", (low, high), walks
    )


def _count(condition: _Condition, most: int) -> int:
    sql = f"SELECT count(*) FROM (SELECT 1 FROM store_account {_where([condition.sql])} LIMIT %s) AS found"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*condition.values, most])
        return int(cursor.fetchone()[0])


def _where(conditions: Sequence[str]) -> str:
    said = [each for each in conditions if each]
    return f"WHERE {' AND '.join(said)}" if said else ""

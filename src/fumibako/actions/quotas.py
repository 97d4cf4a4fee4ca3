"""Mailbox quotas (スプール容量制限): the list with usage and limit, one limit, and one limit for many."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import transaction

from fumibako.actions import drafts, keys
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted, typed, typed_alike
from fumibako.actions.drafts import Staged
from fumibako.actions.permission import changes, require
from fumibako.actions.proposal import Proposal, of_edits
from fumibako.actions.system_users import wanted as system_wanted
from fumibako.features.quotas.initials import is_initial
from fumibako.features.quotas.room import percent
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding, errors
from fumibako.schema.place import Json
from fumibako.store import directory, system_users
from fumibako.store import quotas as store
from fumibako.store.quotas import Cursor, Order, Search

MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """A mailbox as the list shows it. `live` is the limit that holds, `limit` the one that is staged or, where nothing
    is, the same; `mark` is "", "changed", "added" or "removed". Limits are in MBytes, None is no limit."""

    address: str
    name: str
    used: int
    messages: int
    live: int | None
    limit: int | None
    mark: str = ""

    @property
    def percent(self) -> int | None:
        """Of the limit that holds; more than a hundred where more was accepted than fits."""
        return percent(self.used, self.live)

    @property
    def changed(self) -> bool:
        return self.mark == "changed"

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "address": self.address,
            "name": self.name,
            "usage_bytes": self.used,
            "messages": self.messages,
            "quota_mb": self.live,
            "percent": self.percent,
        }
        return shown | ({"mark": self.mark, "staged_quota_mb": self.limit} if self.mark else {})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be listed. Of `search` and `initial` one counts: the initial. Cursors are those of a page."""

    search: str = ""
    initial: str = ""
    order: Order = "name"
    falling: bool = False
    after: str = ""
    before: str = ""
    limit: int = 10

    @property
    def wanted(self) -> Search:
        if self.initial and is_initial(self.initial):
            return Search(initial=self.initial)
        return Search(text=self.search.strip().lower())


@dataclass(frozen=True, slots=True)
class Page:
    """`after` and `before` are cursors for the next and the previous page, None where there is none; `found` counts what
    the search finds (`more`: and others, uncounted), `total` all; `initials` counts the accounts of each that is live."""

    lines: tuple[Line, ...]
    after: str | None
    before: str | None
    found: int
    more: bool
    total: int
    initials: dict[str, int]


def listed(caller: Caller, asked: Asked, *, draft: bool = True) -> Page:
    """A page of the list, with what the caller has staged beside what holds."""
    require(caller, "look_at_rows")
    limit = max(1, min(asked.limit, MOST))
    back = bool(asked.before) and not asked.after
    cursor = _read(asked.before if back else asked.after, asked.order)
    search = replace(asked.wanted, within=caller.domains)
    rows = store.page(search, asked.order, falling=asked.falling != back, after=cursor, limit=limit + 1)
    over, shown = len(rows) > limit, rows[:limit]
    if back:
        shown.reverse()
    found, more = store.found(search)
    return Page(
        tuple(_laid(caller, shown, draft=draft)),
        _written(shown[-1], asked.order) if shown and (back or over) else None,
        _written(shown[0], asked.order) if shown and (over if back else cursor is not None) else None,
        found,
        more,
        directory.count("accounts", caller.domains),
        store.live_initials(caller.domains),
    )


def one(caller: Caller, address: str) -> Line | None:
    """One mailbox with what is staged for it; None where there is none."""
    require(caller, "look_at_rows")
    key = keys.spelled("accounts", address, views.live_for(caller).primary_domain)
    if key is None or not changes(caller, ("accounts", key)):
        return None
    row = store.mailboxes([key]).get(key)
    if row is None:
        added = drafts.view(caller).row("accounts", key)
        return None if added is None else Line(key, str(added["name"]), 0, 0, None, _limit(added["quota_mb"]), "added")
    return next(iter(_laid(caller, [row], draft=True)))


@dataclass(frozen=True, slots=True)
class Preview:
    """What one limit for many accounts would do: how many change, how many are so already, and which names are none."""

    changed: int
    unchanged: int
    unknown: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def chosen(self) -> int:
        return self.changed + self.unchanged


def wanted(address: str, limit: Json) -> Wanted:
    """A limit (MBytes as somebody wrote it; None: no limit) for an account. For an address that only a user of the system
    has it is his."""
    system = _of_the_system([address])
    return system_wanted(system[address], limit) if system else Wanted(("accounts", address, "quota_mb"), limit)


def preview(caller: Caller, addresses: Sequence[str], limit: Json) -> Preview:
    """What `stage_many` would do. Changes nothing."""
    require(caller, "stage_rows")
    return _typed(drafts.view(caller), addresses, limit)[0]


def stage_many(caller: Caller, addresses: Sequence[str], limit: Json) -> tuple[Preview, Staged]:
    """One limit for all of these that exist, staged together; names that are none are passed over."""
    require(caller, "stage_rows")
    with transaction.atomic():
        view = drafts.view(caller)
        counts, edits, findings = _typed(view, addresses, limit)
        return counts, drafts.put(caller, view, edits, findings)


def proposed(caller: Caller, addresses: Sequence[str], limit: Json) -> tuple[Preview, Proposal]:
    """The same upon what serves now, to be applied at once."""
    require(caller, "stage_rows")
    live = views.live_for(caller)
    counts, edits, findings = _typed(live, addresses, limit)
    return counts, of_edits(live, edits, findings)


def _typed(view: views.View, addresses: Sequence[str], limit: Json) -> tuple[Preview, list[Edit], list[Finding]]:
    """The rows are read once for all and so is the limit: there may be a hundred thousand."""
    named = _named(view, addresses)
    edits, findings = typed_alike(view, "accounts", named.accounts, "quota_mb", limit)
    of_system, more = typed(view, [system_wanted(name, limit) for name in named.system])
    edits, findings = [*of_system, *edits], [*findings, *more]
    wrong = errors(findings)[:1]  # one limit is wrong in the same way for all
    same = len(named.accounts) + len(named.system) - len(edits)
    return Preview(len(edits), same, named.unknown, tuple(wrong)), edits, findings


def chosen(caller: Caller, search: Search) -> list[str]:
    """All addresses that a search finds: as many as there are."""
    require(caller, "look_at_rows")
    return store.addresses(replace(search, within=caller.domains))


def names_in(text: str) -> list[str]:
    """The names of a list that was pasted or uploaded: one a line, or the first column of a table; lines that are blank,
    comments or a heading are none."""
    found: dict[str, None] = {}
    for row in csv.reader(io.StringIO(text.lstrip("\ufeff").replace("\t", ","))):
        name = row[0].strip() if row else ""
        if name and not name.startswith("#") and name.lower() not in {"address", "アドレス"}:
            found[name] = None
    return list(found)


def every(caller: Caller) -> Iterator[Line]:
    """All mailboxes in the order of their names."""
    require(caller, "look_at_rows")
    after: Cursor | None = None
    while rows := store.page(Search(within=caller.domains), "name", falling=False, after=after, limit=MOST):
        yield from (
            Line(each.address, each.name, each.used, each.messages, each.quota_mb, each.quota_mb) for each in rows
        )
        after = (0, rows[-1].address)


@dataclass(frozen=True, slots=True)
class _Named:
    """What names stand for: accounts, in one spelling and once each; users of the operating system; nobody."""

    accounts: tuple[str, ...]
    system: tuple[str, ...]
    unknown: tuple[str, ...]


def _named(view: views.View, names: Sequence[str]) -> _Named:
    """Who is there as he is written needs no other spelling."""
    there = view.rows("accounts", [name for name in names if name.isascii() and name.isprintable()])
    primary = view.primary_domain
    spelled = {name: name if name in there else keys.spelled("accounts", name, primary) for name in names}
    others = [key for key in dict.fromkeys(spelled.values()) if key is not None and key not in there]
    there |= view.rows("accounts", others)
    system = _of_the_system([key for key in others if key not in there]) if view.sees_all else {}
    return _Named(
        tuple(key for key in dict.fromkeys(spelled.values()) if key in there),
        tuple(dict.fromkeys(system.values())),
        tuple(name for name, key in spelled.items() if key not in there and key not in system),
    )


def _of_the_system(addresses: Sequence[str]) -> dict[str, str]:
    """Of these the addresses that a user of the system has and no account; with his name."""
    there = {name: address for address, name in system_users.with_addresses(addresses).items()} if addresses else {}
    accounts = directory.rows("accounts", list(there.values()))
    return {address: name for name, address in there.items() if address not in accounts}


def _laid(caller: Caller, rows: Sequence[store.Mailbox], *, draft: bool) -> Iterator[Line]:
    marked = drafts.marks(caller, "accounts", [row.address for row in rows]) if draft and rows else {}
    for row in rows:
        mark, limit = "", row.quota_mb
        for each in marked.get(row.address, ()):
            place, now = each.edit.place, each.edit.now
            if len(place) == 2:
                mark = "removed" if now is None else mark
            elif place[2] == "quota_mb":
                mark, limit = "changed", now
        yield Line(row.address, row.name, row.used, row.messages, row.quota_mb, limit, mark)


def _limit(value: Json) -> int | None:
    return value if isinstance(value, int) else None


def _read(text: str, order: Order) -> Cursor | None:
    """A cursor as an address carries it: the bytes used and the address, or the address alone."""
    if not text:
        return None
    if order == "name":
        return 0, text
    used, _, address = text.partition(":")
    return (int(used) if used.isdecimal() and len(used) < 19 else 0), address


def _written(row: store.Mailbox, order: Order) -> str:
    return row.address if order == "name" else f"{row.used}:{row.address}"

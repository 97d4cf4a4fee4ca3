"""Lists of domains, accounts and aliases, a page at a time, with what the caller has staged laid over them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from fumibako.actions import drafts, keys
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.drafts import StagedEdit
from fumibako.actions.export import covered
from fumibako.actions.permission import require
from fumibako.actions.trouble import Missing
from fumibako.features.directory.rows import TABLES
from fumibako.schema.place import Json
from fumibako.store import directory, usage
from fumibako.store.directory import Row
from fumibako.store.models import DraftEdit
from fumibako.store.turned import LAST

MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One row as a list shows it. `row` has the staged values (of a row that is to be removed, the live ones), secrets
    as `***`; `mark` is "", "added", "changed" or "removed"; `changed` names the staged fields; `accounts` and
    `aliases` count those of a domain; `last_login` is an account's, by IMAP or POP3, where there was any."""

    key: str
    row: Row
    mark: str = ""
    changed: tuple[str, ...] = ()
    accounts: int = 0
    aliases: int = 0
    last_login: datetime | None = None

    def as_json(self, table: str) -> dict[str, Any]:
        shown: dict[str, Any] = {"name" if table == "domains" else "address": self.key}
        if table == "domains":
            shown |= {"accounts": self.accounts, "aliases": self.aliases}
        elif table == "aliases":
            shown |= self.row
        else:
            shown |= {name: value for name, value in self.row.items() if name != "password_hash"}
            shown["has_password"] = self.row.get("password_hash") is not None
            shown["last_login"] = self.last_login.isoformat() if self.last_login else None
        return shown | ({"mark": self.mark} if self.mark else {})


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list in the order of its keys. `after` and `before` are cursors for the next and the previous page,
    None where there is none; `found` counts live rows that the search finds (`more`: and others, uncounted), `total` all
    of the table."""

    lines: tuple[Line, ...]
    after: str | None
    before: str | None
    found: int
    more: bool
    total: int


def domains(
    caller: Caller, *, search: str = "", after: str = "", before: str = "", limit: int = 10, draft: bool = True
) -> Page:
    """The domains whose name begins with `search`. With `draft`, as the caller has staged them."""
    return _page(caller, "domains", search, None, after, before, limit, draft)


def accounts(
    caller: Caller,
    *,
    search: str = "",
    domain: str | None = None,
    after: str = "",
    before: str = "",
    limit: int = 10,
    draft: bool = True,
) -> Page:
    """The accounts whose address begins with `search`, of one domain or of all. With `draft`, as the caller has staged
    them."""
    return _page(caller, "accounts", search, domain, after, before, limit, draft)


def aliases(
    caller: Caller,
    *,
    search: str = "",
    domain: str | None = None,
    after: str = "",
    before: str = "",
    limit: int = 10,
    draft: bool = True,
) -> Page:
    """The aliases whose name begins with `search` (`@`: the catch-alls), of one domain or of all. With `draft`, as the
    caller has staged them."""
    return _page(caller, "aliases", search, domain, after, before, limit, draft)


def one(caller: Caller, table: str, key: str, *, draft: bool = True) -> Line:
    """One row, as the caller has staged it. Raises `Missing`."""
    require(caller, "look_at_rows")
    live = views.live_for(caller)
    spelled = keys.spelled(table, key, live.primary_domain)
    if spelled is None:
        raise Missing
    row = live.row(table, spelled)
    marked = drafts.marks(caller, table, [spelled]).get(spelled, []) if draft else []
    line = _laid(spelled, row, marked)
    if line is None:
        raise Missing
    if table == "accounts":
        return replace(line, last_login=usage.log_ins([spelled]).get(spelled))
    if table != "domains":
        return line
    accounts, aliases = (directory.number_in(each, spelled) for each in ("accounts", "aliases"))
    return replace(line, accounts=accounts, aliases=aliases)


def totals(caller: Caller) -> dict[str, int]:
    """How many domains, accounts and aliases the caller may see."""
    require(caller, "look_at_rows")
    return {table: directory.count(table, caller.domains) for table in TABLES}


def _page(
    caller: Caller, table: str, search: str, domain: str | None, after: str, before: str, limit: int, draft: bool
) -> Page:
    require(caller, "look_at_rows")
    limit = max(1, min(limit, MOST))
    prefix = search.strip().lower()
    name = keys.spelled("domains", domain) or domain if domain else None
    back, within = bool(before) and not after, caller.domains
    if back:
        live = directory.page_before(table, before=before, prefix=prefix, domain=name, within=within, limit=limit + 1)
    else:
        live = directory.page(table, after=after, prefix=prefix, domain=name, within=within, limit=limit + 1)
    rows: dict[str, Row | None] = dict(live)
    if draft:
        added = _added(caller.owner, table, prefix, name, after=after, before=before if back else "", limit=limit + 1)
        rows |= {key: None for key in added if key not in rows}
    ordered = sorted(rows)
    # Beyond the last live row of a full page there may be others: what is added there belongs to the next page.
    if len(live) > limit:
        ordered = [key for key in ordered if (key >= live[0][0] if back else key <= live[-1][0])]
    over = len(ordered) > limit
    shown = ordered[-limit:] if back else ordered[:limit]
    marked = drafts.marks(caller, table, shown) if draft and shown else {}
    counts = [directory.numbers_in(each, shown) if table == "domains" else {} for each in ("accounts", "aliases")]
    lines = [
        line
        for key in shown
        if (line := _laid(key, rows[key], marked.get(key, []), *(each.get(key, 0) for each in counts)))
    ]
    if table == "accounts":
        log_ins = usage.log_ins(shown)
        lines = [replace(line, last_login=log_ins.get(line.key)) for line in lines]
    found, more = directory.found(table, prefix=prefix, domain=name, within=within)
    has_next = (back or over) if shown else False
    has_previous = (over if back else bool(after)) if shown else False
    return Page(
        tuple(lines),
        shown[-1] if has_next else None,
        shown[0] if has_previous else None,
        found,
        more,
        directory.count(table, within),
    )


def _added(
    owner: str, table: str, prefix: str, domain: str | None, *, after: str, before: str, limit: int
) -> list[str]:
    """The keys of rows that are only staged so far, in the range of a page."""
    staged = DraftEdit.objects.filter(draft__owner=owner, chapter=table, kind="added")
    low, high = max(prefix, after), min(prefix + LAST, before) if before else prefix + LAST
    staged = staged.filter(path__gte=f"{table}/{low}", path__lt=f"{table}/{high}").order_by(
        "-path" if before else "path"
    )
    found = (path.partition("/")[2] for path in staged.values_list("path", flat=True))
    fitting = [key for key in found if key != after and (domain is None or key.endswith(f"@{domain}"))]
    return fitting[:limit]


def _laid(key: str, row: Row | None, marked: list[StagedEdit], accounts: int = 0, aliases: int = 0) -> Line | None:
    """A row with what is staged for it."""
    mark, changed = "", []
    for each in marked:
        place, now = each.edit.place, each.edit.now
        if len(place) == 2:
            mark = "removed" if now is None else "added"
            row = row if now is None else now
        elif row is not None:
            row, mark = {**row, place[2]: now}, mark or "changed"
            changed.append(place[2])
    if row is None:
        return None
    shown: dict[str, Json] = covered(row)
    return Line(key, shown, mark, tuple(changed), accounts, aliases)

"""Questions to one operator's draft: what is staged for which rows. Each costs in proportion to the rows that it is about,
or to the draft where that is less."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet

from fumibako.features.directory.rows import TABLES
from fumibako.schema.edit import Edit
from fumibako.schema.place import DIRECTORY_TABLES, Json, Place, chapters_of, read, written
from fumibako.store import aliases, directory, forwards
from fumibako.store.chunks import chunks
from fumibako.store.directory import Row
from fumibako.store.json_texts import read_values
from fumibako.store.models import Draft, DraftEdit, RevisionEdit

CHUNK = 400
_CHAPTERS = [chapter for table in DIRECTORY_TABLES for chapter in chapters_of(table)]
# From so many rows on, the whole draft is read rather than asked for each.
MANY = 2000


@dataclass(frozen=True, slots=True)
class Stored:
    """A staged edit as it is stored; `edit` is what it says."""

    id: int
    path: str
    base: int
    was: Json
    now: Json

    @property
    def edit(self) -> Edit:
        return Edit(read(self.path), self.was, self.now)


def edits(owner: str) -> QuerySet[DraftEdit]:
    return DraftEdit.objects.filter(draft__owner=owner)


def stored(found: QuerySet[DraftEdit], *, after: int = 0, limit: int | None = None) -> list[Stored]:
    """The edits that a query finds, in the order in which they were first staged; of them those behind the first `after`."""
    ordered = found.order_by("id")[after : None if limit is None else after + limit]
    return [Stored(*each) for each in read_values(ordered, ("id", "path", "base", "was", "now"))]


def of_settings(owner: str) -> list[Edit]:
    """The staged edits of the settings."""
    return [each.edit for each in stored(edits(owner).exclude(chapter__in=_CHAPTERS))]


def of_rows(owner: str, rows: Collection[Place]) -> list[Stored]:
    """What is staged for these rows and their fields."""
    if len(rows) > MANY:
        wanted = {written(row) for row in rows}
        tables = [chapter for table in dict.fromkeys(row[0] for row in rows) for chapter in chapters_of(table)]
        return [each for each in stored(edits(owner).filter(chapter__in=tables)) if row_path(each.path) in wanted]
    paths = [path for row in rows for path in _paths(row)]
    found = [each for chunk in chunks(paths, CHUNK) for each in stored(edits(owner).filter(path__in=chunk))]
    return sorted(found, key=lambda each: each.id)


def forget_applied(owner: str, revision: int) -> None:
    """The edits that are the revision's, too, leave the draft."""
    edit, made = DraftEdit._meta.db_table, RevisionEdit._meta.db_table
    sql = (  # names from our own models
        f"DELETE FROM {edit} WHERE draft_id = (SELECT id FROM {Draft._meta.db_table} WHERE owner = %s) AND EXISTS ("  # noqa: S608
        f"SELECT 1 FROM {made} AS made WHERE made.revision_id = %s AND made.path = {edit}.path "
        f"AND made.now IS NOT DISTINCT FROM {edit}.now)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [owner, revision])


def row_path(path: str) -> str:
    """The path of the row that a path is in."""
    table, _, rest = path.partition("/")
    return f"{table}/{rest.partition('/')[0]}"


def _paths(row: Place) -> list[str]:
    path = written(row)
    return [path, *(f"{path}/{name}" for name in TABLES[row[0]].model_fields)]


@dataclass(frozen=True, slots=True)
class StagedRows:
    """The directory with an operator's staged edits laid over what serves."""

    owner: str

    def rows(self, table: str, keys: Collection[str]) -> dict[str, Row]:
        found = directory.rows(table, keys)
        for each in of_rows(self.owner, [(table, key) for key in keys]):
            place = read(each.path)
            key = place[1]
            if len(place) == 3:
                if key in found:
                    found[key] = {**found[key], place[2]: each.now}
            elif each.now is None:
                found.pop(key, None)
            else:
                found[key] = each.now
        return found

    def number_in(self, table: str, domain: str) -> int:
        come, gone = self._addresses(table, domain)
        return directory.number_in(table, domain) + len(come) - len(gone)

    def keys_in(self, table: str, domain: str) -> list[str]:
        come, gone = self._addresses(table, domain)
        return [*(key for key in directory.keys_in(table, domain) if key not in gone), *come]

    def aliases_to(self, addresses: Collection[str], limit: int) -> set[str]:
        staged, wanted = self._aliases(), set(addresses)
        live = aliases.leading_to(wanted, limit + len(staged)) - staged.keys()
        return live | {key for key, targets in staged.items() if not wanted.isdisjoint(targets)}

    def aliases_into(self, domain: str, limit: int) -> list[tuple[str, str]]:
        staged, end = self._aliases(), f"@{domain}"
        live = [pair for pair in aliases.leading_into(domain, limit + len(staged)) if pair[0] not in staged]
        return [*live, *((key, each) for key, targets in staged.items() for each in targets if each.endswith(end))]

    def forwards_to(self, addresses: Collection[str], limit: int) -> set[str]:
        staged, wanted = self._forwards(), set(addresses)
        live = forwards.leading_to(wanted, limit + len(staged)) - staged.keys()
        there = self.rows("accounts", list(live))
        return {*there, *(key for key, targets in staged.items() if not wanted.isdisjoint(targets))}

    def forwards_into(self, domain: str, limit: int) -> list[tuple[str, str]]:
        staged, end = self._forwards(), f"@{domain}"
        live = [pair for pair in forwards.leading_into(domain, limit + len(staged)) if pair[0] not in staged]
        there = self.rows("accounts", [key for key, _ in live])
        here = [(key, each) for key, targets in staged.items() for each in targets if each.endswith(end)]
        return [*(pair for pair in live if pair[0] in there), *here]

    def first_domain(self, *, leaving_out: Collection[str]) -> str | None:
        come, gone = self._keys("domains", "added"), self._keys("domains", "removed")
        live = directory.first_domain(leaving_out={*leaving_out, *gone})
        return min([*filter(None, [live]), *(name for name in come if name not in leaving_out)], default=None)

    def _aliases(self) -> dict[str, list[str]]:
        """The targets, in lower case, of all aliases that are staged; none of those that are to go."""
        paths = edits(self.owner).filter(chapter="aliases").values_list("path", flat=True)
        keys = dict.fromkeys(read(path)[1] for path in paths)
        rows = self.rows("aliases", list(keys))
        return {key: [each.lower() for each in rows[key]["targets"]] if key in rows else [] for key in keys}

    def _forwards(self) -> dict[str, list[str]]:
        """The targets, in lower case, of all accounts whose forwarding is staged; of a hundred thousand that are imported
        those alone that forward."""
        says_so = Q(kind="added", now__forward__0__isnull=False) | Q(path__endswith="/forward")
        paths = edits(self.owner).filter(says_so, chapter="accounts").values_list("path", flat=True)
        keys = dict.fromkeys(read(path)[1] for path in paths)
        rows = self.rows("accounts", list(keys))
        return {key: [each.lower() for each in rows[key]["forward"]] if key in rows else [] for key in keys}

    def _addresses(self, table: str, domain: str) -> tuple[set[str], set[str]]:
        """Which accounts or aliases of a domain are staged to come (and are not there), which to go (and are there)."""
        here = f"@{domain}"
        come, gone = self._keys(table, "added", here), self._keys(table, "removed", here)
        there = directory.rows(table, [*come, *gone])
        return {key for key in come if key not in there}, {key for key in gone if key in there}

    def _keys(self, table: str, kind: str, end: str = "") -> list[str]:
        staged = edits(self.owner).filter(chapter=table, kind=kind, path__endswith=end).order_by("id")
        return [read(path)[1] for path in staged.values_list("path", flat=True)]

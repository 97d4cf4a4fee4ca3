"""The draft: what one operator has staged and not yet applied. Nothing here changes the server."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from fumibako.actions import view as views
from fumibako.actions.audit import record
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted, judged, typed
from fumibako.actions.permission import changes, require, require_edits, require_tables
from fumibako.actions.view import View
from fumibako.document.alike import Key, key_of
from fumibako.document.words import Change, describe
from fumibako.features.directory.rows import MAILBOX
from fumibako.schema.edit import Edit, composed
from fumibako.schema.finding import Finding, errors
from fumibako.schema.place import DIRECTORY_TABLES, is_row, read
from fumibako.store import drafts as stored
from fumibako.store.chunks import chunks
from fumibako.store.insertion import insert
from fumibako.store.models import Draft, DraftEdit

_TABLES: Final = frozenset((table,) for table in DIRECTORY_TABLES)


@dataclass(frozen=True, slots=True)
class Staged:
    """What came of staging: the net edits that stand now for the places touched, and what is to be said. With an error
    among the findings nothing was staged."""

    edits: tuple[Edit, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return not errors(self.findings)


@dataclass(frozen=True, slots=True)
class StagedEdit:
    """One staged edit with its words. `kind` of a row is `added`, `removed` or `changed`; of an option `changed` (of an
    own parameter any of the three)."""

    edit: Edit
    change: Change
    base: int

    @property
    def path(self) -> str:
        return self.edit.path

    def as_json(self, language: str) -> dict[str, Any]:
        return self.change.as_json(language) | {"chapter": self.edit.chapter, "base": self.base}


@dataclass(frozen=True, slots=True)
class ComeAndGone:
    """Of a list how many entries are staged to come and to go, beside the number of those that serve."""

    come: int = 0
    gone: int = 0


def stage(caller: Caller, wanted: Sequence[Wanted]) -> Staged:
    """Check `wanted` against what the caller sees and add it to the caller's draft, all of it or nothing."""
    require(caller, "stage_rows")
    require_tables(caller, [each.place for each in wanted if each.place is not None])
    with transaction.atomic():
        seen = view(caller)
        return put(caller, seen, *typed(seen, wanted))


def put(caller: Caller, seen: View, edits: Sequence[Edit], findings: Sequence[Finding]) -> Staged:
    """The rest of `stage` for what was typed against the `view` of the draft. Runs in the caller's transaction."""
    said = list(findings)
    if not errors(said):
        said += judged(seen, edits)
    if errors(said) or not edits:
        return Staged(findings=tuple(said))
    require_edits(caller, edits)
    return Staged(tuple(_merge(caller, edits, seen.base)), tuple(said))


def unstage(caller: Caller, path: str) -> int:
    """Take back what is staged for a place: an option, a row with all its fields, or one field of a row. A domain takes
    its staged accounts and aliases along. Returns how many edits went."""
    require(caller, "stage_rows")
    doomed = Q(path=path) | _below(path)
    table, _, domain = path.partition("/")
    with transaction.atomic():
        if table == "domains" and (whole := stored.edits(caller.owner).filter(path=path).first()):
            doomed |= Q(chapter__in=["accounts", "aliases"], kind=whole.kind, path__endswith=f"@{domain}")
        return stored.edits(caller.owner).filter(doomed).delete()[0]


def unstage_alike(caller: Caller, key: str) -> int:
    """Take back all edits that are alike (`document.alike`). Returns how many went."""
    require(caller, "stage_rows")
    with transaction.atomic():
        doomed = [each.id for each in stored.stored(_perhaps_alike(caller, key)) if key_of(each.edit) == key]
        _forget(caller.owner, doomed)
    return len(doomed)


def alike(caller: Caller, key: str, *, after: int = 0, limit: int) -> tuple[list[StagedEdit], int | None]:
    """The edits that are alike, in the order in which they were staged, from behind `after`; and where to go on, None at
    the end."""
    require(caller, "stage_rows")
    found: list[stored.Stored] = []
    while len(found) <= limit:
        page = stored.stored(_perhaps_alike(caller, key).filter(id__gt=after), limit=limit + 1)
        found += [each for each in page if key_of(each.edit) == key]
        if len(page) <= limit:
            break
        after = page[-1].id
    shown = found[:limit]
    return [staged_edit(each) for each in shown], shown[-1].id if len(found) > limit else None


def _perhaps_alike(caller: Caller, key: str) -> QuerySet[DraftEdit]:
    """What the database can tell: the place and the kind."""
    try:
        wanted = Key.read(key)
    except ValueError:
        return stored.edits(caller.owner).none()
    found = stored.edits(caller.owner).filter(path__startswith="".join(wanted.place[:1]))
    if wanted.place in _TABLES:
        found = found.filter(kind=wanted.kind)
    return found.filter(path__endswith=f"/{wanted.field}") if wanted.field else found


def discard(caller: Caller, chapters: Collection[str] | None = None) -> int:
    """Throw away everything that is staged, or what is staged in these chapters. Returns how many edits went."""
    require(caller, "stage_rows")
    found = stored.edits(caller.owner)
    if chapters is not None:
        found = found.filter(chapter__in=list(chapters))
    with transaction.atomic():
        gone = found.delete()[0]
        if gone:
            record(caller, "draft.discard", edits=gone)
    return gone


def counts(caller: Caller) -> dict[str, int]:
    """How many edits are staged in each chapter that has any."""
    require(caller, "stage_rows")
    return dict(stored.edits(caller.owner).order_by().values_list("chapter").annotate(Count("id")).order_by("chapter"))


def come_and_gone(caller: Caller, table: str) -> ComeAndGone:
    """How many rows of a table are staged to come and to go."""
    require(caller, "stage_rows")
    found = stored.edits(caller.owner).filter(chapter=table, kind__in=["added", "removed"])
    numbers = dict(found.order_by().values_list("kind").annotate(Count("id")))
    return ComeAndGone(numbers.get("added", 0), numbers.get("removed", 0))


def listed(
    caller: Caller, chapters: Collection[str] | None = None, *, after: int = 0, limit: int | None = None
) -> list[StagedEdit]:
    """The staged edits with their words, in the order in which they were first staged."""
    require(caller, "stage_rows")
    return [staged_edit(each) for each in stored.stored(_chosen(caller, chapters), after=after, limit=limit)]


def marks(caller: Caller, table: str, keys: Iterable[str]) -> dict[str, list[StagedEdit]]:
    """What is staged for these rows of a table, by key."""
    require(caller, "stage_rows")
    marked: dict[str, list[StagedEdit]] = {}
    for each in stored.of_rows(caller.owner, [(table, key) for key in keys]):
        marked.setdefault(each.edit.place[1], []).append(staged_edit(each))
    return marked


def edits(caller: Caller, chapters: Collection[str] | None = None) -> list[Edit]:
    """The staged edits as values."""
    require(caller, "stage_rows")
    return [each.edit for each in stored.stored(_chosen(caller, chapters))]


def view(caller: Caller) -> View:
    """What the caller sees: what serves, with the caller's staged edits laid over it."""
    live = views.live()
    settings = live.settings_with(stored.of_settings(caller.owner))
    return views.narrowed(caller, View(live.base, settings, below=stored.StagedRows(caller.owner)))


def forget_applied(owner: str, revision: int) -> None:
    """Edits that the revision has made live leave the draft. Runs in the caller's transaction."""
    if owner:
        stored.forget_applied(owner, revision)


def forget(owner: str) -> None:
    """Nothing is staged any more. Runs in the caller's transaction."""
    stored.edits(owner).delete()


def forget_beyond(caller: Caller) -> None:
    """Edits that are not the caller's to make (any more) leave his draft. Runs in the caller's transaction."""
    beyond = [each.id for each in stored.stored(stored.edits(caller.owner)) if not changes(caller, each.edit.place)]
    _forget(caller.owner, beyond)


def staged_edit(row: DraftEdit | stored.Stored) -> StagedEdit:
    edit = Edit(read(row.path), row.was, row.now)
    return StagedEdit(edit, describe(edit), row.base)


def _merge(caller: Caller, new: Sequence[Edit], base: int) -> list[Edit]:
    """Compose `new` with what is staged for the same rows and options; store and return the net of both."""
    draft, _ = Draft.objects.get_or_create(owner=caller.owner)
    rows = dict.fromkeys(edit.place[:2] for edit in new if is_row(edit.place))
    options = [edit.path for edit in new if not is_row(edit.place)]
    before = [*stored.of_rows(caller.owner, rows), *stored.stored(stored.edits(caller.owner).filter(path__in=options))]
    before.sort(key=lambda each: each.id)
    bases = {each.path: each.base for each in before}
    net = by_field(composed([*(each.edit for each in before), *new]))
    kept = {edit.path: edit for edit in net}
    _forget(caller.owner, [each.id for each in before if each.path not in kept])
    insert(
        DraftEdit,
        ("draft", "path", "chapter", "kind", "was", "now", "base"),
        ((draft.pk, path, *_words(edit), edit.was, edit.now, bases.get(path, base)) for path, edit in kept.items()),
        unique=("draft", "path"),
        replacing=("kind", "was", "now", "base"),
    )
    draft.save()
    return net


def _words(edit: Edit) -> tuple[str, str]:
    return edit.chapter, "added" if edit.adds else "removed" if edit.removes else "changed"


def _forget(owner: str, ids: Sequence[int]) -> None:
    """These edits leave the draft; all of it at once where they are all of it."""
    if len(ids) > stored.MANY and len(ids) == stored.edits(owner).count():
        stored.edits(owner).delete()
    for chunk in chunks(ids, stored.CHUNK):
        DraftEdit.objects.filter(id__in=chunk).delete()


def by_field(edits: Iterable[Edit]) -> list[Edit]:
    """A row that was removed and added again is the same row with other fields; an account that got another mailbox is
    another account."""
    out: list[Edit] = []
    for edit in edits:
        if (
            is_row(edit.place)
            and len(edit.place) == 2
            and edit.was is not None
            and edit.now is not None
            and edit.was.get(MAILBOX) == edit.now.get(MAILBOX)
        ):
            names = [name for name in edit.now if edit.now[name] != edit.was.get(name)]
            out += [Edit((*edit.place, name), edit.was.get(name), edit.now[name]) for name in names]
        else:
            out.append(edit)
    return out


def _chosen(caller: Caller, chapters: Collection[str] | None) -> QuerySet[DraftEdit]:
    found = stored.edits(caller.owner)
    return found if chapters is None else found.filter(chapter__in=list(chapters))


def _below(path: str) -> Q:
    """Everything below a row, or below an option that is a group or a mapping."""
    separators = ["/"] if "/" in path else [".", "["]
    below = Q()
    for separator in separators:
        below |= Q(path__gte=path + separator, path__lt=path + chr(ord(separator) + 1))
    return below

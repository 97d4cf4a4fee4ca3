"""The draft: what one operator has staged and not yet applied. Nothing here changes the server."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from fumibako.actions import view as views
from fumibako.actions.audit import record
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted, judged, typed
from fumibako.actions.permission import require
from fumibako.actions.view import View
from fumibako.document.words import Change, describe
from fumibako.features.directory.rows import TABLES
from fumibako.schema.edit import Edit, composed
from fumibako.schema.finding import Finding, errors
from fumibako.schema.place import Place, is_row, written
from fumibako.store.models import Draft, DraftEdit

CHUNK = 400


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


def stage(caller: Caller, wanted: Sequence[Wanted]) -> Staged:
    """Check `wanted` against what the caller sees and add it to the caller's draft, all of it or nothing."""
    require(caller, "stage")
    with transaction.atomic():
        seen = view(caller)
        edits, findings = typed(seen, wanted)
        if not errors(findings):
            findings += judged(seen, edits)
        if errors(findings) or not edits:
            return Staged(findings=tuple(findings))
        return Staged(tuple(_merge(caller, edits, seen.base)), tuple(findings))


def unstage(caller: Caller, path: str) -> int:
    """Take back what is staged for a place: an option, a row with all its fields, or one field of a row. A domain takes
    its staged accounts along. Returns how many edits went."""
    require(caller, "stage")
    doomed = Q(path=path) | _below(path)
    table, _, domain = path.partition("/")
    with transaction.atomic():
        if table == "domains" and (whole := _edits(caller.owner).filter(path=path).first()):
            addresses = _edits(caller.owner).filter(chapter="accounts", kind=whole.kind)
            doomed |= Q(id__in=[each.pk for each in addresses if each.path.endswith(f"@{domain}")])
        return _edits(caller.owner).filter(doomed).delete()[0]


def discard(caller: Caller, chapters: Collection[str] | None = None) -> int:
    """Throw away everything that is staged, or what is staged in these chapters. Returns how many edits went."""
    require(caller, "stage")
    found = _edits(caller.owner)
    if chapters is not None:
        found = found.filter(chapter__in=list(chapters))
    with transaction.atomic():
        gone = found.delete()[0]
        if gone:
            record(caller, "draft.discard", edits=gone)
    return gone


def counts(caller: Caller) -> dict[str, int]:
    """How many edits are staged in each chapter that has any."""
    require(caller, "stage")
    return dict(_edits(caller.owner).order_by().values_list("chapter").annotate(Count("id")).order_by("chapter"))


def listed(
    caller: Caller, chapters: Collection[str] | None = None, *, after: int = 0, limit: int | None = None
) -> list[StagedEdit]:
    """The staged edits with their words, in the order in which they were first staged."""
    require(caller, "stage")
    found = _edits(caller.owner).order_by("id")
    if chapters is not None:
        found = found.filter(chapter__in=list(chapters))
    return [staged_edit(each) for each in (found[after:] if limit is None else found[after : after + limit])]


def marks(caller: Caller, table: str, keys: Iterable[str]) -> dict[str, list[StagedEdit]]:
    """What is staged for these rows of a table, by key."""
    require(caller, "stage")
    paths = [path for key in keys for path in _row_paths((table, key))]
    marked: dict[str, list[StagedEdit]] = {}
    for chunk in _chunks(paths):
        for each in _edits(caller.owner).filter(path__in=chunk).order_by("id"):
            marked.setdefault(each.path.split("/")[1], []).append(staged_edit(each))
    return marked


def edits(caller: Caller, chapters: Collection[str] | None = None) -> list[Edit]:
    """The staged edits as values."""
    return [each.edit for each in listed(caller, chapters)]


def view(caller: Caller) -> View:
    """What the caller sees: what serves, with the caller's staged edits laid over it."""
    live = views.live()
    staged = _edits(caller.owner).order_by("id").values("path", "was", "now")
    return live.with_(Edit.from_json(each) for each in staged)


def forget_applied(owner: str, applied: Sequence[Edit]) -> None:
    """Edits that are live now leave the draft. Runs in the caller's transaction."""
    if not owner:
        return
    now = {edit.path: edit.now for edit in applied}
    for chunk in _chunks(now):
        same = [each.pk for each in _edits(owner).filter(path__in=chunk) if each.now == now[each.path]]
        DraftEdit.objects.filter(id__in=same).delete()


def staged_edit(row: DraftEdit) -> StagedEdit:
    edit = Edit.from_json({"path": row.path, "was": row.was, "now": row.now})
    return StagedEdit(edit, describe(edit), row.base)


def _merge(caller: Caller, new: Sequence[Edit], base: int) -> list[Edit]:
    """Compose `new` with what is staged for the same rows and options; store and return the net of both."""
    draft, _ = Draft.objects.get_or_create(owner=caller.owner)
    paths = [path for edit in new for path in (_row_paths(edit.place) if is_row(edit.place) else [edit.path])]
    old = {each.path: each for chunk in _chunks(dict.fromkeys(paths)) for each in draft.edits.filter(path__in=chunk)}
    before = sorted(old.values(), key=lambda each: each.pk)
    net = by_field(composed([*(staged_edit(each).edit for each in before), *new]))
    kept = {edit.path: edit for edit in net}
    for chunk in _chunks(path for path in old if path not in kept):
        draft.edits.filter(path__in=chunk).delete()
    rows = [
        DraftEdit(
            draft=draft,
            path=path,
            chapter=edit.chapter,
            kind="added" if edit.adds else "removed" if edit.removes else "changed",
            was=edit.was,
            now=edit.now,
            base=old[path].base if path in old else base,
        )
        for path, edit in kept.items()
    ]
    DraftEdit.objects.bulk_create(
        rows,
        CHUNK,
        update_conflicts=True,
        unique_fields=["draft", "path"],
        update_fields=["kind", "was", "now", "base"],
    )
    draft.save()
    return net


def by_field(edits: Iterable[Edit]) -> list[Edit]:
    """A row that was removed and added again is the same row with other fields."""
    out: list[Edit] = []
    for edit in edits:
        if is_row(edit.place) and len(edit.place) == 2 and edit.was is not None and edit.now is not None:
            names = [name for name in edit.now if edit.now[name] != edit.was.get(name)]
            out += [Edit((*edit.place, name), edit.was.get(name), edit.now[name]) for name in names]
        else:
            out.append(edit)
    return out


def _edits(owner: str) -> QuerySet[DraftEdit]:
    return DraftEdit.objects.filter(draft__owner=owner)


def _row_paths(place: Place) -> list[str]:
    row = written(place[:2])
    return [row, *(f"{row}/{name}" for name in TABLES[place[0]].model_fields)]


def _below(path: str) -> Q:
    """Everything below a row, or below an option that is a group or a mapping."""
    separators = ["/"] if "/" in path else [".", "["]
    below = Q()
    for separator in separators:
        below |= Q(path__gte=path + separator, path__lt=path + chr(ord(separator) + 1))
    return below


def _chunks(values: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(values)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk

"""Questions to the revisions: which one serves, what lies between two, who touched a place last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Max, Q

from fumibako.schema.edit import Edit, composed
from fumibako.schema.place import Place, is_row, read, written
from fumibako.store.edits import read as read_edits
from fumibako.store.insertion import insert
from fumibako.store.models import Head, Revision, RevisionEdit, RevisionState, Run, RunState


def head() -> Revision:
    """The revision that serves, or should."""
    return Head.objects.select_related("revision").get().revision


def lock() -> None:
    """Let one transaction at a time decide what serves. SQLite's transactions have their turn anyway; PostgreSQL's take
    it here."""
    Head.objects.select_for_update().get()


def begun() -> bool:
    """Whether there is a first revision: the home has been bootstrapped."""
    return Head.objects.exists()


def next_number() -> int:
    return (Revision.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def create(*, edits: Sequence[Edit], **fields: Any) -> Revision:
    """A new pending revision with its edits."""
    revision = Revision.objects.create(number=next_number(), edit_count=len(edits), **fields)
    rows = ((revision.number, edit.path, edit.was, edit.now) for edit in edits)
    insert(RevisionEdit, ("revision", "path", "was", "now"), rows)
    return revision


def edits_of(number: int, *, limit: int | None = None) -> list[Edit]:
    """The edits of one revision, in their order."""
    rows = RevisionEdit.objects.filter(revision_id=number).order_by("id")
    return [
        Edit(read(path), was, now) for path, was, now in read_edits(rows if limit is None else rows[:limit], "path")
    ]


def unsettled() -> Run | None:
    """The run that must end before anything new is applied."""
    return Run.objects.filter(state__in=[RunState.QUEUED, RunState.TAKEN]).exclude(kind="plan").first()


def unconfirmed() -> Revision | None:
    """The revision that goes back by itself unless somebody confirms it."""
    return Revision.objects.filter(state=RevisionState.UNCONFIRMED).first()


def directory_edits_between(older: int, newer: int) -> list[Edit]:
    """The net edits of the directory that lead from one revision to another, either way round."""
    return composed(edit for edit in _path(older, newer) if is_row(edit.place))


def _path(start: int, end: int) -> Iterator[Edit]:
    """The edits on the way: back from `start` to where the two histories part, forward to `end`."""
    bases = dict(Revision.objects.filter(number__gt=0).values_list("number", "base"))
    back, forward, low, high = [], [], start, end
    while low != high:
        if low > high:
            back.append(low)
            low = bases[low]
        else:
            forward.append(high)
            high = bases[high]
    for number in back:
        yield from (edit.inverse() for edit in reversed(edits_of(number)))
    for number in reversed(forward):
        yield from edits_of(number)


def last_touch(place: Place, *, after: int) -> Revision | None:
    """The newest revision after `after` that changed `place`, the row it is in, or a field of that row."""
    touched = Q(path=written(place))
    if is_row(place):
        row = written(place[:2])
        touched |= Q(path=row)
        if len(place) == 2:
            touched |= Q(path__gte=f"{row}/", path__lt=f"{row}0")
    live = [RevisionState.APPLIED, RevisionState.UNCONFIRMED]
    found = (
        RevisionEdit.objects.filter(touched, revision_id__gt=after, revision__state__in=live)
        .select_related("revision")
        .order_by("-revision_id")
        .first()
    )
    return found.revision if found else None


def page(*, before: int | None, limit: int) -> list[Revision]:
    """The history, newest first, from `before` on."""
    found = Revision.objects.select_related("operator").order_by("-number")
    if before is not None:
        found = found.filter(number__lt=before)
    return list(found[:limit])


def move_head(revision: Revision) -> None:
    Head.objects.update_or_create(id=1, defaults={"revision": revision})


def numbers(revisions: Iterable[Revision]) -> list[int]:
    return [revision.number for revision in revisions]

"""Questions to the revisions: which one serves, what lies between two, who touched a place last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Max, Q, QuerySet

from fumibako.document.alike import counted
from fumibako.schema.edit import Edit, composed
from fumibako.schema.place import Place, is_row, read, written
from fumibako.store.insertion import insert
from fumibako.store.json_texts import read_values
from fumibako.store.models import Head, Revision, RevisionDomain, RevisionEdit, RevisionState, Run, RunState


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
    revision = Revision.objects.create(number=next_number(), edit_count=len(edits), alike=counted(edits), **fields)
    rows = ((revision.number, edit.path, edit.was, edit.now) for edit in edits)
    insert(RevisionEdit, ("revision", "path", "was", "now"), rows)
    touched = Counter(edit.place[1].rpartition("@")[2] for edit in edits if is_row(edit.place))
    insert(RevisionDomain, ("revision", "name", "edits"), ((revision.number, *each) for each in touched.items()))
    return revision


def edits_of(number: int, *, within: Collection[str] | None = None, limit: int | None = None) -> list[Edit]:
    """The edits of one revision, in their order; of those the rows of the domains `within`."""
    rows = RevisionEdit.objects.filter(revision_id=number).order_by("id")
    if within is not None:
        theirs = Q(pk__in=[])
        for name in touched_in([number], within).get(number, {}):
            theirs |= Q(path=f"domains/{name}") | Q(path__endswith=f"@{name}") | Q(path__contains=f"@{name}/")
        rows = rows.filter(theirs)
    shown = rows if limit is None else rows[:limit]
    return [Edit(read(path), was, now) for path, was, now in read_values(shown, ("path", "was", "now"))]


def touched_in(numbers: Collection[int], within: Collection[str]) -> dict[int, dict[str, int]]:
    """How many edits of each of these revisions are rows of each of the domains."""
    found: dict[int, dict[str, int]] = {}
    rows = RevisionDomain.objects.filter(revision_id__in=list(numbers), name__in=list(within))
    for number, name, edits in rows.values_list("revision_id", "name", "edits"):
        found.setdefault(number, {})[name] = edits
    return found


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


def page(
    *, before: int | None, limit: int, within: Collection[str] | None = None, operator: int | None = None
) -> list[Revision]:
    """The history, newest first, from `before` on; of that what touches the domains `within` or is the operator's own."""
    found = _touching(within, operator).order_by("-number")
    if before is not None:
        found = found.filter(number__lt=before)
    return list(found[:limit])


def after(
    number: int, *, limit: int, within: Collection[str] | None = None, operator: int | None = None
) -> list[Revision]:
    """The same upwards: the next ones behind a number."""
    return list(_touching(within, operator).filter(number__gt=number).order_by("number")[:limit])


def _touching(within: Collection[str] | None, operator: int | None) -> QuerySet[Revision]:
    found = Revision.objects.select_related("operator")
    if within is None:
        return found
    touching = RevisionDomain.objects.filter(name__in=list(within)).values("revision_id")
    return found.filter(Q(number__in=touching) | Q(operator_id=operator, operator__isnull=False))


def move_head(revision: Revision) -> None:
    Head.objects.update_or_create(id=1, defaults={"revision": revision})


def numbers(revisions: Iterable[Revision]) -> list[int]:
    return [revision.number for revision in revisions]

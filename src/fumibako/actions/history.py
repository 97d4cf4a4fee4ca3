"""The revisions: what was changed, by whom, how it went; any two compared, any one brought back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fumibako.actions import drafts, runs
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.drafts import Staged
from fumibako.actions.permission import changes, require, shows
from fumibako.actions.proposal import Proposal, of_edits
from fumibako.actions.result import SHOWN, Result
from fumibako.actions.trouble import Missing
from fumibako.document.alike import counted
from fumibako.document.alike_words import Alike, told
from fumibako.document.settings import edits_between
from fumibako.document.words import Change, describe
from fumibako.features.directory.rows import APP_PASSWORDS
from fumibako.schema.edit import Edit
from fumibako.store import revisions
from fumibako.store.models import Revision, Run


@dataclass(frozen=True, slots=True)
class Line:
    """One revision as the history lists it. `state` is pending, applied, unconfirmed, refused or rolled_back; `serves`
    says that it is the one in force; `changes` are the first few of `edit_count`. For
    who administers some domains these are the rows of those, and the comments his own."""

    number: int
    base: int
    who: str
    created: datetime
    comment: str
    state: str
    serves: bool
    edit_count: int
    restores: int | None
    changes: tuple[Change, ...] = ()
    alike: Mapping[str, int] = field(default_factory=dict)

    @property
    def lines(self) -> list[Change | Alike]:
        """The changes, those that are alike in one line."""
        return told(self.changes, self.alike)

    def as_json(self, language: str) -> dict[str, Any]:
        names = ("number", "base", "who", "comment", "state", "serves", "edit_count", "restores")
        shown = {name: getattr(self, name) for name in names}
        changes = [change.as_json(language) for change in self.changes]
        alike = [line.as_json(language) for line in self.lines if isinstance(line, Alike)]
        return shown | {"created": self.created.isoformat(), "settings": changes, "alike": alike}


def page(caller: Caller, *, before: int | None = None, limit: int = 20) -> tuple[list[Line], int | None]:
    """The history, newest first, each with its first three changes; and where to go on, None at the end."""
    require(caller, "look_at_rows")
    found = _page(caller, before, limit + 1)
    head = revisions.head().number
    lines = [_line(caller, revision, head, few=3) for revision in found[:limit]]
    return lines, lines[-1].number if len(found) > limit else None


def one(caller: Caller, number: int) -> tuple[Line, Result | None]:
    """A revision and how applying it went (None where nobody was asked yet, or where it was not the caller who may see
    it)."""
    require(caller, "look_at_rows")
    revision = _revision(number)
    found = Run.objects.filter(revision=revision, kind="apply").select_related("revision").order_by("id")
    if caller.domains is not None:
        found = found.filter(owner=caller.owner)
    run = found.first()
    line = _line(caller, revision, revisions.head().number, few=SHOWN)
    return line, runs.shown_to(caller, runs.result_of(run)) if run else None


def newest(caller: Caller) -> Line:
    """The last revision, whatever became of it."""
    require(caller, "look")
    return _line(caller, _page(caller, None, 1)[0], revisions.head().number, few=3)


def newer(caller: Caller, number: int, limit: int) -> list[int]:
    """The numbers of the next revisions in the caller's history, going up."""
    require(caller, "look_at_rows")
    found = revisions.after(number, limit=limit, within=caller.domains, operator=caller.operator_id)
    return revisions.numbers(found)


def serving(caller: Caller) -> Line:
    """The revision in force."""
    require(caller, "look_at_rows")
    head = revisions.head()
    return _line(caller, head, head.number, few=3)


def edits_between_revisions(caller: Caller, older: int, newer: int) -> list[Edit]:
    """The net edits that lead from one revision to another, in whichever order they came."""
    require(caller, "look_at_rows")
    settings = edits_between(_revision(older).settings, _revision(newer).settings)
    edits = [*settings, *revisions.directory_edits_between(older, newer)]
    return [edit for edit in edits if shows(caller, edit.place)]


def compare(caller: Caller, older: int, newer: int | None = None) -> list[Change]:
    """The same in words; without `newer`, against what serves now."""
    end = newer if newer is not None else revisions.head().number
    return [describe(edit) for edit in edits_between_revisions(caller, older, end)]


def restored(caller: Caller, number: int) -> Proposal:
    """The proposal that brings everything back to how it was after a revision, passwords too; for `plans` or
    `applies`. App passwords stay as they are: what was revoked may have been stolen."""
    require(caller, "stage_rows")
    live = views.live_for(caller)
    between = edits_between_revisions(caller, live.base, number)
    edits = [_without_revoked(edit) for edit in between if changes(caller, edit.place) and not _is_of_apps(edit)]
    return of_edits(live, edits, restores=number)


def _is_of_apps(edit: Edit) -> bool:
    return edit.chapter == "accounts" and edit.place[2:] == (APP_PASSWORDS,)


def _without_revoked(edit: Edit) -> Edit:
    """An account that comes back has none; one that is there keeps those that it has."""
    if edit.chapter != "accounts" or len(edit.place) != 2 or edit.now is None:
        return edit
    now = {name: value for name, value in edit.now.items() if name != APP_PASSWORDS}
    kept = (edit.was or {}).get(APP_PASSWORDS)
    return Edit(edit.place, edit.was, {**now, APP_PASSWORDS: kept} if kept else now)


def restored_to_draft(caller: Caller, number: int) -> Staged:
    """The same, staged: it can be looked at and trimmed before it is applied."""
    proposal = restored(caller, number)
    return drafts.stage(caller, [Wanted(edit.place, edit.now) for edit in proposal.edits])


def _revision(number: int) -> Revision:
    found = Revision.objects.filter(number=number).first()
    if found is None:
        raise Missing
    return found


def _page(caller: Caller, before: int | None, limit: int) -> list[Revision]:
    return revisions.page(before=before, limit=limit, within=caller.domains, operator=caller.operator_id)


def _line(caller: Caller, revision: Revision, head: int, *, few: int) -> Line:
    """Of a revision what the caller may see: the edits that are his, and who made them, if any are."""
    within = caller.domains
    number, own = revision.number, within is None or revision.operator_id == caller.operator_id
    count = revision.edit_count
    if within is not None:
        count = sum(revisions.touched_in([number], within).get(number, {}).values())
    edits = revisions.edits_of(number, within=within, limit=few)
    return Line(
        number,
        revision.base,
        revision.who if own or count else "",
        revision.created,
        revision.comment if own else "",
        str(revision.state),
        number == head,
        count,
        revision.restores,
        tuple(describe(edit) for edit in edits),
        revision.alike if within is None else counted(edits),
    )

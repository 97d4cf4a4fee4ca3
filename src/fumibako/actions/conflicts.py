"""Two operators, one place: what a draft's edits were made upon, and what stands there now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from django.db import transaction

from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.drafts import StagedEdit, staged_edit
from fumibako.actions.permission import require
from fumibako.actions.trouble import Missing
from fumibako.actions.view import View
from fumibako.document.settings import flattened
from fumibako.document.words import Change, describe
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding
from fumibako.schema.place import Json, is_row
from fumibako.schema.text import Text, plain
from fumibako.store import revisions
from fumibako.store.models import DraftEdit

Side = Literal["mine", "theirs"]

# Stands for a field whose row is gone: not the same as a field that is null.
NO_ROW: Final = object()


@dataclass(frozen=True, slots=True)
class Conflict:
    """`mine` is the staged edit, `theirs` what happened meanwhile to the same place (from what I saw to what stands
    there now), by `who` at `when` in `revision`."""

    path: str
    mine: Change
    theirs: Change
    who: str
    when: datetime | None
    revision: int | None

    def finding(self) -> Finding:
        message = Text(
            "{who} has changed this since you staged it. Keep yours or take theirs.",
            "あなたの未適用の変更のあとに {who} さんが変更しました。どちらを残すか選んでください。",
        )
        return Finding("conflict", self.path, message.with_(who=self.who or plain("?")))

    def as_json(self, language: str) -> dict[str, Any]:
        return {
            "path": self.path,
            "mine": self.mine.as_json(language),
            "theirs": self.theirs.as_json(language),
            "who": self.who,
            "when": self.when.isoformat() if self.when else None,
            "revision": self.revision,
        }


def found(caller: Caller, chapters: Collection[str] | None = None) -> list[Conflict]:
    """The conflicts in the caller's draft. Edits that somebody else has made just so leave it on the way."""
    require(caller, "stage_rows")
    head = revisions.head().number
    stale = DraftEdit.objects.filter(draft__owner=caller.owner, base__lt=head).order_by("id")
    if chapters is not None:
        stale = stale.filter(chapter__in=list(chapters))
    staged = [(each, staged_edit(each)) for each in stale]
    if not staged:
        return []
    live = views.live_for(caller)
    now = standing(live, [item.edit for _, item in staged])
    same = [row.pk for row, item in staged if now[item.path] == item.edit.now]
    good = [row.pk for row, item in staged if now[item.path] == item.edit.was and row.pk not in set(same)]
    with transaction.atomic():
        DraftEdit.objects.filter(id__in=same).delete()
        DraftEdit.objects.filter(id__in=good).update(base=head)
    settled = {*same, *good}
    return [_conflict(item, now[item.path]) for row, item in staged if row.pk not in settled]


def resolve(caller: Caller, path: str, keep: Side) -> None:
    """Settle one conflict: keep mine (it then stands on what is there now) or take theirs (mine leaves the draft)."""
    require(caller, "stage_rows")
    with transaction.atomic():
        row = DraftEdit.objects.filter(draft__owner=caller.owner, path=path).first()
        if row is None:
            raise Missing
        edit = staged_edit(row).edit
        live = views.live_for(caller)
        current = standing(live, [edit])[edit.path]
        # A field of a row that is gone, a removal of what is gone: there is nothing left to keep.
        lost = is_row(edit.place) and not edit.adds and live.row(*edit.place[:2]) is None
        if keep == "theirs" or lost or current == edit.now:
            row.delete()
            return
        if edit.adds and current is not None:
            row.delete()
            for name, value in edit.now.items():
                if value != current.get(name):
                    row.draft.edits.create(
                        path=f"{path}/{name}",
                        chapter=row.chapter,
                        kind="changed",
                        was=current.get(name),
                        now=value,
                        base=live.base,
                    )
            return
        row.was, row.base = current, live.base
        row.save()


def standing(live: View, edits: Iterable[Edit]) -> dict[str, Json]:
    """What stands now at the places of these edits, by path; `NO_ROW` for a field whose row is gone."""
    edits = list(edits)
    flat = flattened(live.settings)
    tables: dict[str, list[str]] = {}
    for edit in edits:
        if is_row(edit.place):
            tables.setdefault(edit.place[0], []).append(edit.place[1])
    rows = {table: live.rows(table, list(dict.fromkeys(keys))) for table, keys in tables.items()}
    now: dict[str, Json] = {}
    for edit in edits:
        if not is_row(edit.place):
            now[edit.path] = flat.get(edit.place)
            continue
        row = rows[edit.place[0]].get(edit.place[1])
        if len(edit.place) == 2:
            now[edit.path] = row
        else:
            now[edit.path] = NO_ROW if row is None else row.get(edit.place[2])
    return now


def _conflict(item: StagedEdit, now: Json) -> Conflict:
    row = item.edit.place[:2]
    theirs = describe(Edit(row, {}, None) if now is NO_ROW else Edit(item.edit.place, item.edit.was, now))
    by = revisions.last_touch(item.edit.place, after=item.base)
    return Conflict(
        item.path, item.change, theirs, by.who if by else "", by.created if by else None, by.number if by else None
    )

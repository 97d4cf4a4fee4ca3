"""Runs: what the agent is asked to do, waiting for it, and what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from fumibako.actions import agent_link
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require, shows
from fumibako.actions.result import SHOWN, Ending, Result, text_of
from fumibako.actions.trouble import Busy, Missing, Unfinished
from fumibako.document.alike import counted
from fumibako.document.settings import edits_between
from fumibako.document.words import describe
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding
from fumibako.schema.place import is_row, read
from fumibako.schema.text import Text
from fumibako.store import revisions
from fumibako.store.models import Revision, RevisionState, Run, RunState

# An agent that is alive takes a run within two seconds, or is busy with another one.
PATIENCE: Final = timedelta(seconds=20)
LONGEST_WAIT: Final = 180.0
# Of the server's threads, so many may wait; the agent needs one of the others to say that it is done.
_WAITING = threading.BoundedSemaphore(8)
_CHANGED = threading.Condition()

_AGENT_AWAY = Text(
    "The agent of this server does not answer, so nothing was changed. Is everything running? (fumibako status)",
    "このサーバーのエージェントが応答しないため、何も変更していません。起動状態を確認してください (fumibako status)。",
)


def look(caller: Caller, number: int) -> Result:
    """How a run stands now: `running` with the steps so far, or its end. Who administers some domains sees his own."""
    require(caller, "look_at_rows")
    run = Run.objects.select_related("revision").filter(id=number).first()
    if run is None or (caller.domains is not None and run.owner != caller.owner):
        raise Missing
    _give_up(run)
    return shown_to(caller, result_of(run))


def latest(caller: Caller) -> Result | None:
    """The newest run that changes something, as a page shows it after an apply."""
    require(caller, "look_at_rows")
    found = Run.objects.exclude(kind="plan").select_related("revision").order_by("-id")
    if caller.domains is not None:
        found = found.filter(owner=caller.owner)
    run = found.first()
    return shown_to(caller, result_of(run)) if run else None


def open_run() -> Run | None:
    """What the agent should do next: what it has begun, else the oldest that waits."""
    waiting = Run.objects.filter(state__in=[RunState.TAKEN, RunState.QUEUED]).select_related("revision")
    return waiting.order_by("-state", "id").first()  # "taken" sorts behind "queued"


def start(*, edits: Sequence[Edit] = (), **fields: Any) -> Run:
    """Queue a run, in the caller's transaction; the agent is woken once that is committed."""
    run = Run.objects.create(edits=[edit.as_json() for edit in edits], **fields)
    transaction.on_commit(agent_link.wake)
    return run


def wait(number: int, seconds: float = LONGEST_WAIT) -> Result:
    """Wait for the end of a run. Raises `Unfinished` when it has begun and takes longer, `Busy` when too many wait."""
    if not _WAITING.acquire(blocking=False):
        raise Busy
    try:
        deadline = time.monotonic() + seconds
        while True:
            run = Run.objects.select_related("revision").get(id=number)
            _give_up(run)
            if run.state in {RunState.FINISHED, RunState.ABANDONED}:
                return result_of(run)
            if time.monotonic() > deadline:
                raise Unfinished(number)
            with _CHANGED:
                # Tests and other processes may change it without telling this one.
                _CHANGED.wait(0.2)
    finally:
        _WAITING.release()


def tell() -> None:
    """Something about a run has changed: let those who wait look."""
    with _CHANGED:
        _CHANGED.notify_all()


def result_of(run: Run) -> Result:
    """A run as a result. Its changes come from what was asked, all else from what the agent said."""
    revision = run.revision
    said: dict[str, Any] = run.outcome or {}
    count, alike, shown = _edits_of(run)
    return Result(
        outcome=_ending(run),
        digest=run.digest,
        base=run.base,
        run=run.pk,
        revision=revision.number if revision else None,
        edits=tuple(shown),
        changes=tuple(describe(edit) for edit in shown),
        change_count=count,
        alike=alike,
        steps=tuple(run.steps),
        files=tuple(said.get("files", ())),
        behaviour=tuple(said.get("behaviour", ())),
        findings=tuple(Finding.from_wire(each) for each in said.get("findings", ())),
        reload=said.get("reload") or {},
        cuts=text_of(said.get("cuts")),
        tried=bool(said.get("tried")),
        not_tried=text_of(said.get("not_tried")),
        confirm_by=run.confirm_by if revision and revision.state == RevisionState.UNCONFIRMED else None,
    )


def shown_to(caller: Caller, result: Result) -> Result:
    """Of a result what the caller may see: the files and what else the server answers are not for who administers some
    domains."""
    if caller.domains is None:
        return result
    edits = tuple(edit for edit in result.edits if shows(caller, edit.place))
    behaviour = tuple(row for row in result.behaviour if row.get("path") and shows(caller, read(row["path"])))
    return replace(
        result,
        edits=edits,
        changes=tuple(describe(edit) for edit in edits),
        change_count=result.change_count - len(result.edits) + len(edits),
        alike=counted(edits),
        files=(),
        behaviour=behaviour,
    )


def away_finding() -> Finding:
    return Finding("agent-away", "", _AGENT_AWAY)


def _ending(run: Run) -> Ending:
    if run.state == RunState.ABANDONED:
        return "refused"
    if run.state != RunState.FINISHED or run.outcome is None:
        return "running"
    ending: Ending = run.outcome["outcome"]
    if ending == "unconfirmed" and run.revision is not None:
        # Another run has said since what became of it.
        match run.revision.state:
            case RevisionState.APPLIED:
                return "confirmed"
            case RevisionState.ROLLED_BACK:
                return "rolled_back"
    return ending


def _edits_of(run: Run) -> tuple[int, dict[str, int], list[Edit]]:
    """How many edits a run makes, how many are alike, and the first of them."""
    if run.revision is not None:
        made = run.revision
        return made.edit_count, made.alike, revisions.edits_of(run.revision.number, limit=SHOWN)
    base = Revision.objects.filter(number=run.base).first()
    settings = edits_between(base.settings, run.settings) if base else []
    edits = [*settings, *(Edit.from_json(each) for each in run.edits)]
    return len(edits), counted(edits), edits[:SHOWN]


def _give_up(run: Run) -> None:
    """A run that nobody has taken for too long is taken back: then it is certain that nothing happens any more. The
    first run of a home waits as long as it must."""
    if run.state != RunState.QUEUED or run.base == 0 or timezone.now() - run.created < PATIENCE:
        return
    with transaction.atomic():
        if Run.objects.filter(state=RunState.TAKEN).exists():
            return
        outcome = {"outcome": "refused", "findings": [away_finding().as_wire()]}
        queued = Run.objects.filter(id=run.pk, state=RunState.QUEUED)
        if queued.update(state=RunState.ABANDONED, outcome=outcome, updated=timezone.now()) and run.kind == "apply":
            assert run.revision is not None
            Revision.objects.filter(number=run.revision.number).update(state=RevisionState.REFUSED)
    run.refresh_from_db()


def directory_part(edits: Sequence[Edit]) -> list[Edit]:
    return [edit for edit in edits if is_row(edit.place)]

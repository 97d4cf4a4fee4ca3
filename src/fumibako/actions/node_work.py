"""The agent's side: what it should do, how far it is, how it ended, and the directory for a full synchronisation.

An outcome may come twice (the agent repeats it until it is answered), late (the console was dead), or as a second word
on the same run: an `unconfirmed` apply ends as `confirmed` or `rolled_back`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from django.db import transaction

from fumibako.actions import drafts, runs, secrets, signing_keys
from fumibako.actions.audit import record
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.actions.trouble import Missing
from fumibako.features.directory.rows import TABLES
from fumibako.schema.edit import Edit
from fumibako.schema.place import is_row
from fumibako.store import directory, revisions
from fumibako.store import usage as store_usage
from fumibako.store.models import Revision, RevisionState, Run, RunState
from fumibako.wire.console import UsageReport

_SECOND_WORDS: Final = frozenset({"applied", "confirmed", "rolled_back"})


def work(caller: Caller, secrets_held: str = "") -> dict[str, Any]:
    """What ought to serve, and the run to do now, if any (`fumibako.wire.console.Work`). `secrets_held` is the version
    of the secrets that the agent has."""
    require(caller, "be_agent")
    secrets.held(secrets_held)
    signing_keys.keep_up()
    if not revisions.begun():
        raise Missing
    head = revisions.head()
    run = runs.open_run()
    if run is not None and run.state == RunState.QUEUED:
        # Only one that is still there to be taken: somebody may just have given it up.
        with transaction.atomic():
            taken = Run.objects.filter(id=run.pk, state=RunState.QUEUED).update(state=RunState.TAKEN)
        run = run if taken else None
    return {
        "desired": {"revision": head.number, "settings": head.settings},
        "run": _as_wire(run) if run else None,
        "secrets": secrets.version(),
    }


def progress(caller: Caller, number: int, steps: Sequence[Mapping[str, Any]]) -> None:
    """The steps of a run so far; told after its end, they are late and change nothing."""
    require(caller, "be_agent")
    if not Run.objects.filter(id=number, state=RunState.TAKEN).update(steps=list(steps)) and not _there(number):
        raise Missing
    runs.tell()


def outcome(caller: Caller, number: int, said: Mapping[str, Any]) -> None:
    """How a run ended, with everything that follows from it, in one transaction."""
    require(caller, "be_agent")
    with transaction.atomic():
        revisions.lock()
        run = Run.objects.select_related("revision").filter(id=number).first()
        if run is None:
            raise Missing
        before = run.outcome["outcome"] if run.outcome and run.state == RunState.FINISHED else None
        word = str(said["outcome"])
        if before is not None and not (before == "unconfirmed" and word in _SECOND_WORDS):
            return
        run.state, run.outcome = RunState.FINISHED, dict(said)
        run.steps = list(said.get("steps") or run.steps)
        run.confirm_by = said.get("confirm_by")
        run.save()
        if run.revision is not None:
            _settle(run, run.revision, word)
    _edits_of.cache_clear()
    runs.tell()


def directory_page(caller: Caller, table: str, after: str | None, limit: int) -> dict[str, Any]:
    """One page of a table's rows, secrets included, in the order of their keys."""
    require(caller, "be_agent")
    if table not in TABLES:
        raise Missing
    rows = directory.page(table, after=after or "", limit=limit + 1)
    shown = rows[:limit]
    return {
        "rows": [{"key": key, "row": row} for key, row in shown],
        "next": shown[-1][0] if len(rows) > limit else None,
    }


def usage(caller: Caller, said: Mapping[str, Any]) -> dict[str, Any]:
    """Hear a report of usage (`fumibako.wire.console.UsageReport`); the answer is where the next one goes on."""
    require(caller, "be_agent")
    report = UsageReport.from_json(said)
    after = (report.after.epoch, report.after.last)
    epoch, last = store_usage.hear(after, (report.epoch, report.last), report.used, report.logged_in)
    return {"epoch": epoch, "last": last}


@lru_cache(maxsize=1)
def _edits_of(number: int, _digest: str) -> tuple[Edit, ...]:
    """A revision's edits are read once, to be told to the agent and to be made true; there may be a hundred thousand."""
    return tuple(revisions.edits_of(number))


def _there(number: int) -> bool:
    return Run.objects.filter(id=number).exists()


def _settle(run: Run, revision: Revision, word: str) -> None:
    """Make the console's own state what the agent says is true."""
    made = revision.state in {RevisionState.APPLIED, RevisionState.UNCONFIRMED}
    match word:
        case "applied" | "unconfirmed" | "confirmed":
            if not made:
                edits = _edits_of(revision.number, revision.digest)
                directory.write([edit for edit in edits if is_row(edit.place)])
                drafts.forget_applied(run.owner, revision.number)
                revisions.move_head(revision)
            revision.state = RevisionState.UNCONFIRMED if word == "unconfirmed" else RevisionState.APPLIED
        case "refused" | "rolled_back":
            if run.kind in {"confirm", "roll_back"} and word == "refused":
                return  # the revision is what it was
            if made:
                backwards = [edit.inverse() for edit in reversed(revisions.edits_of(revision.number))]
                directory.write([edit for edit in backwards if is_row(edit.place)])
                revisions.move_head(Revision.objects.get(number=revision.base))
            revision.state = RevisionState.ROLLED_BACK if word == "rolled_back" else RevisionState.REFUSED
        case _:
            raise AssertionError(f"the outcome {word} of a run with a revision")
    revision.save(update_fields=["state"])
    record("node", f"run.{word}", f"revisions/{revision.number}", run=run.pk)


def _as_wire(run: Run) -> dict[str, Any]:
    """A run as `fumibako.wire.console.Run` reads it: directory edits with their secrets, settings whole."""
    base = Revision.objects.filter(number=run.base).first()
    before = base.settings if base else run.settings
    after = run.settings
    if run.revision is not None:
        edits = [edit for edit in _edits_of(run.revision.number, run.revision.digest) if is_row(edit.place)]
        number = run.revision.number
    else:
        edits = [Edit.from_json(each) for each in run.edits]
        number = revisions.next_number()
    return {
        "id": run.pk,
        "kind": run.kind,
        "base": run.base,
        "revision": number,
        "before": before,
        "settings": after,
        "edits": [edit.as_json() for edit in edits],
        "try": True,
        "confirm_within": run.confirm_within,
    }

"""Importing accounts, which may take minutes: thirty passwords a second are hashed on one processor.

So it goes on in a thread of the console, one import at a time, and who started it looks at how far it is. All lines are
checked before the first password is hashed, and again with the edit that they make in the end: that one is staged or
applied whole. An import that a restart of the console cuts off has changed nothing and is not known any more.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.db import connections

from fumibako.actions import account_csv, applies, drafts, runs
from fumibako.actions import view as views
from fumibako.actions.account_csv import Sheet
from fumibako.actions.caller import Caller
from fumibako.actions.checking import judged, typed
from fumibako.actions.csv_rows import at_lines
from fumibako.actions.passwords import hashed, matches
from fumibako.actions.permission import require
from fumibako.actions.plans import with_warnings
from fumibako.actions.proposal import of_wanted
from fumibako.actions.result import Result
from fumibako.actions.trouble import Busy, Missing
from fumibako.actions.view import View
from fumibako.schema import csv_table
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding, errors
from fumibako.schema.text import Text

logger = logging.getLogger(__name__)

Phase = Literal["waiting", "checking", "hashing", "saving", "over"]

_WAITING: Final = 5  # imports that have not ended, of everybody
_KEPT: Final = 50
_NICE: Final = 10
# Hashing leaves half of the machine to mail.
_HASHERS: Final = max(1, (os.cpu_count() or 1) // 2)

_FAILED = Text(
    "Something went wrong here, and nothing was changed; the console's log says more.",
    "内部でエラーが起きたため、何も変更していません。詳細はコンソールのログにあります。",
)
_STOPPED = Text("It was stopped. Nothing was changed.", "中止しました。何も変更していません。")


@dataclass
class Import:
    """`done` of `total` passwords are hashed. `result` is there in the end: `staged`, `unchanged`, `refused`, or that of
    the run which applies it; `added` and `changed` count accounts, of `rows` in the file."""

    number: str
    caller: Caller
    draft: bool
    phase: Phase = "waiting"
    done: int = 0
    total: int = 0
    rows: int = 0
    added: int = 0
    changed: int = 0
    result: Result | None = None
    stopping: bool = False
    ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def as_json(self, language: str) -> dict[str, Any]:
        if self.result is None:
            said = {"outcome": "importing", "phase": self.phase, "done": self.done, "total": self.total}
        else:
            counts = {"file": self.rows, "added": self.added, "changed": self.changed}
            said = self.result.as_json(language) | {"rows": counts}
        return said | {"import": self.number}


_known: Final[dict[str, Import]] = {}
_turn: Final = threading.Lock()


def start(caller: Caller, text: str, *, draft: bool) -> Import:
    """Begin to stage (`draft`) or to apply the accounts of a CSV file. Raises `Busy` where too many wait."""
    require(caller, "stage_rows" if draft else "apply_rows")
    if sum(not each.ended.is_set() for each in list(_known.values())) >= _WAITING:
        raise Busy
    job = Import(secrets.token_urlsafe(9), caller, draft)
    _known[job.number] = job
    for number in [each.number for each in _known.values() if each.ended.is_set()][:-_KEPT]:
        del _known[number]
    threading.Thread(target=_run, args=(job, text), name=f"import {job.number}", daemon=True).start()
    return job


def look(caller: Caller, number: str) -> Import:
    """How an import of the caller's own goes on. Raises `Missing` where there is none, or none any more."""
    require(caller, "look_at_rows")
    job = _known.get(number)
    if job is None or job.caller.owner != caller.owner:
        raise Missing
    if job.result is not None and job.result.run is not None:
        job.result = runs.look(caller, job.result.run)
    return job


def stop(caller: Caller, number: str) -> None:
    """Let it end without a change, if it is not saving yet."""
    require(caller, "stage_rows")
    look(caller, number).stopping = True


def wait(job: Import, seconds: float = runs.LONGEST_WAIT) -> None:
    """Wait for its end, and for that of the run that it has begun. Raises what `runs.wait` raises."""
    if job.ended.wait(seconds) and job.result is not None and job.result.run is not None:
        job.result = runs.shown_to(job.caller, runs.wait(job.result.run, seconds))


def _run(job: Import, text: str) -> None:
    try:
        with _turn:
            job.result = _result(job, text)
    except Exception:
        logger.exception("import %s failed", job.number)
        job.result = _refused([Finding("import-failed", "", _FAILED)])
    finally:
        job.phase = "over"
        connections.close_all()
        job.ended.set()


def _result(job: Import, text: str) -> Result:
    job.phase = "checking"
    view = drafts.view(job.caller) if job.draft else views.live_for(job.caller)
    sheet, findings = account_csv.read(text, view.primary_domain)
    job.rows = len(sheet.lines)
    if errors(findings) or sheet.passwords:
        findings += _checked(view, sheet)
    if errors(findings):
        return _refused(findings)
    if sheet.passwords:
        job.phase, job.total = "hashing", len(sheet.passwords)
        _hash(job, view, sheet)
    if job.stopping:
        return _refused([Finding("import-stopped", "", _STOPPED)])
    job.phase = "saving"
    result = _staged(job, sheet, findings) if job.draft else _applied(job, sheet, findings)
    # Where one thing is wrong the rest was not looked at; here it is.
    return result or _refused([*findings, *_checked(view, sheet)])


def _checked(view: View, sheet: Sheet) -> list[Finding]:
    edits, findings = typed(view, sheet.wanted())
    return at_lines([*findings, *judged(view, edits)], sheet.lines)


def _staged(job: Import, sheet: Sheet, findings: Sequence[Finding]) -> Result | None:
    staged = drafts.stage(job.caller, sheet.wanted())
    if not staged.ok:
        return None
    _count(job, staged.edits)
    said = csv_table.some_of([*findings, *at_lines(staged.findings, sheet.lines)])
    return Result("staged" if staged.edits else "unchanged", findings=tuple(said))


def _applied(job: Import, sheet: Sheet, findings: Sequence[Finding]) -> Result | None:
    proposal = of_wanted(job.caller, sheet.wanted())
    if not proposal.ok:
        return None
    _count(job, proposal.edits)
    said = csv_table.some_of([*findings, *at_lines(proposal.findings, sheet.lines)])
    return with_warnings(applies.start(job.caller, proposal), said)


def _count(job: Import, edits: Sequence[Edit]) -> None:
    job.added = sum(edit.adds for edit in edits if len(edit.place) == 2)
    job.changed = len({edit.place[1] for edit in edits if len(edit.place) == 3})


def _refused(findings: Sequence[Finding]) -> Result:
    return Result("refused", findings=tuple(csv_table.some_of(findings)))


def _hash(job: Import, view: View, sheet: Sheet) -> None:
    """Give every account of the sheet the hash of its password; one that has this password already keeps its own."""
    rows = view.rows("accounts", list(sheet.passwords))
    before = {key: row.get("password_hash") for key, row in rows.items()}
    todo, lock = iter(sheet.passwords.items()), threading.Lock()

    def work() -> None:
        # Linux has priorities of threads (setpriority(2)): people and mail come first.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        for key, password in _taken(todo, lock):
            if job.stopping:
                return
            if not matches(password, before.get(key)):
                sheet.fields[key]["password_hash"] = hashed(password)
            with lock:
                job.done += 1

    hashers = [threading.Thread(target=work, daemon=True) for _ in range(_HASHERS)]
    for hasher in hashers:
        hasher.start()
    for hasher in hashers:
        hasher.join()
    # A hasher that came to grief (no memory) has said so itself; no account is made without its password.
    if job.done < job.total and not job.stopping:
        raise RuntimeError("passwords are left unhashed")


def _taken(items: Iterator[tuple[str, str]], lock: threading.Lock) -> Iterator[tuple[str, str]]:
    """The items that are left, some to each thread that asks."""
    while True:
        with lock:
            item = next(items, None)
        if item is None:
            return
        yield item

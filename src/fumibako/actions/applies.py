"""Applying: making a proposal live as a numbered revision, confirming it, taking it back."""

from __future__ import annotations

import time
from typing import Final

from django.db import transaction

from fumibako.actions import plans, runs
from fumibako.actions import view as views
from fumibako.actions.audit import record
from fumibako.actions.caller import Caller
from fumibako.actions.conflicts import standing
from fumibako.actions.permission import require, require_edits
from fumibako.actions.proposal import Proposal
from fumibako.actions.result import Result
from fumibako.schema.edit import digest as digest_of
from fumibako.schema.finding import Finding, dangers
from fumibako.schema.text import Text
from fumibako.store import revisions
from fumibako.store.models import Revision, Run

TURN_SECONDS: Final = 30.0
# A trial boot takes two or three seconds. Who waits longer than this for a plan is better shown how it goes on.
PLAN_SECONDS: Final = 15.0

_BUSY = Text(
    "Another change is being applied and does not come to an end. Try again in a moment.",
    "ほかの変更を適用中です。しばらくしてからもう一度お試しください。",
)
_UNCONFIRMED = Text(
    "Revision {number} is waiting to be confirmed. Confirm it or let it go back first.",
    "リビジョン {number} が確認待ちです。先に確認するか、元に戻るのを待ってください。",
)
_STALE = Text(
    "This is not what was reviewed: something was changed meanwhile. Make a new plan and look at it.",
    "確認した内容と一致しません。その後に変更がありました。もう一度内容を確認してください。",
)
_MEANWHILE = Text(
    "Somebody else has changed this meanwhile. Look at it again.",
    "ほかの人が先に変更しました。もう一度確認してください。",
)
_ASKS_AGAIN = Text(
    "This is dangerous, so it is asked once more: review it and confirm (on the command line: --yes).",
    "危険を伴う変更のため、もう一度確認が必要です。内容を確認してから適用してください (コマンドでは --yes)。",
)
_NOTHING_WAITS = Text("Nothing is waiting to be confirmed.", "確認待ちの変更はありません。")


def start(
    caller: Caller,
    proposal: Proposal,
    *,
    digest: str | None = None,
    confirm_within: int | None = None,
    sure: bool = False,
    comment: str = "",
    wait_turn: float = TURN_SECONDS,
) -> Result:
    """Make a proposal a revision and give it to the agent.

    The result is `running` with the numbers of run and revision; or at once `refused` or `unchanged`, and then there is
    no revision. With `digest`, what is applied is exactly what was planned, else it is refused. With `confirm_within`
    (seconds) it goes back by itself unless `confirm` comes in time. What is dangerous needs the digest of a plan or
    `sure`. While another apply is under way this waits for its turn up to `wait_turn` seconds.
    """
    require(caller, "apply_rows")
    early = plans.settled(proposal)
    if early is not None and early.outcome == "refused":
        return early
    require_edits(caller, proposal.edits)
    meant = sure or digest is not None or proposal.restores is not None
    if not meant and (asked := dangers(proposal.findings)):
        return _refused(proposal, *asked, Finding("confirm-danger", asked[0].path, _ASKS_AGAIN))
    if digest is not None and digest != proposal.digest:
        return _refused(proposal, Finding("plan-stale", "", _STALE))
    if early is not None:
        # "Unchanged" would be a promise that a revision still waiting to be confirmed cannot keep.
        waiting = revisions.unconfirmed()
        return early if waiting is None else _waits(proposal, waiting)
    deadline = time.monotonic() + wait_turn
    while True:
        with transaction.atomic():
            revisions.lock()
            if revisions.unsettled() is None:
                return _begin(caller, proposal, digest, confirm_within, comment)
        if time.monotonic() > deadline:
            return _refused(proposal, Finding("apply-busy", "", _BUSY))
        time.sleep(0.05)


def start_planned(
    caller: Caller,
    proposal: Proposal,
    *,
    seen: Result | None = None,
    understood: bool = False,
    digest: str | None = None,
    confirm_within: int | None = None,
    wait_turn: float = TURN_SECONDS,
) -> Result:
    """`start` for a person at a page, who is never taken past a danger that he has not read.

    `seen` is the plan of just this proposal that he has looked at; without one it is planned now. Where the plan was
    refused, holds a danger that he has not said to have `understood`, or is not made in time, nothing is applied and the
    result is the plan's: `refused`, `planned` or `running`. What is applied is exactly what was planned.
    """
    require(caller, "apply_rows")
    early = plans.settled(proposal)
    if early is None and (digest is None or digest == proposal.digest):
        plan = seen or plans.plan_within(caller, proposal, PLAN_SECONDS)
        if plan.outcome != "planned" or (plans.dangers(plan) and not understood):
            return plan
        digest = plan.digest
    return start(caller, proposal, digest=digest, confirm_within=confirm_within, wait_turn=wait_turn)


def apply(
    caller: Caller,
    proposal: Proposal,
    *,
    digest: str | None = None,
    confirm_within: int | None = None,
    sure: bool = False,
    comment: str = "",
) -> Result:
    """`start`, and wait for the end: `applied`, `unconfirmed`, `unchanged`, `refused` or `rolled_back`."""
    begun = start(caller, proposal, digest=digest, confirm_within=confirm_within, sure=sure, comment=comment)
    if begun.run is None:
        return begun
    return plans.with_warnings(runs.shown_to(caller, runs.wait(begun.run)), proposal.findings)


def start_confirm(caller: Caller) -> Result:
    """Keep the revision that is waiting for it."""
    return _settle(caller, "confirm")


def confirm(caller: Caller) -> Result:
    """`start_confirm`, and wait for the end: `confirmed`, or `refused` where nothing waits."""
    return _to_its_end(caller, start_confirm(caller))


def start_roll_back(caller: Caller) -> Result:
    """Let the revision that waits to be confirmed go back now."""
    return _settle(caller, "roll_back")


def roll_back(caller: Caller) -> Result:
    """`start_roll_back`, and wait for the end: `rolled_back`, or `refused` where nothing waits."""
    return _to_its_end(caller, start_roll_back(caller))


def _begin(caller: Caller, proposal: Proposal, digest: str | None, confirm_within: int | None, comment: str) -> Result:
    waiting = revisions.unconfirmed()
    if waiting is not None:
        return _waits(proposal, waiting)
    live = views.live()
    if live.base != proposal.base:
        if digest is not None:
            return _refused(proposal, Finding("plan-stale", "", _STALE))
        # Somebody was quicker. Where he touched other places than these, both can have their way.
        now = standing(live, proposal.edits)
        clashes = [Finding("conflict", edit.path, _MEANWHILE) for edit in proposal.edits if now[edit.path] != edit.was]
        if clashes:
            return _refused(proposal, *clashes)
    revision = revisions.create(
        edits=proposal.edits,
        base=live.base,
        who=caller.who,
        operator_id=caller.operator_id,
        comment=comment[:400],
        settings=live.settings_with(proposal.edits),
        digest=digest_of(live.base, proposal.edits),
        restores=proposal.restores,
    )
    run = _run("apply", caller, revision, confirm_within)
    record(caller, "apply", f"revisions/{revision.number}", edits=len(proposal.edits))
    return runs.shown_to(caller, runs.result_of(run))


def _run(kind: str, caller: Caller, revision: Revision, confirm_within: int | None = None) -> Run:
    return runs.start(
        kind=kind,
        revision=revision,
        base=revision.base,
        settings=revision.settings,
        digest=revision.digest,
        owner=caller.owner,
        confirm_within=confirm_within,
    )


def _settle(caller: Caller, kind: str) -> Result:
    require(caller, "apply_rows")
    with transaction.atomic():
        revisions.lock()
        waiting = revisions.unconfirmed()
        if waiting is None or not _his(caller, waiting) or revisions.unsettled() is not None:
            return Result("refused", findings=(Finding("nothing-unconfirmed", "", _NOTHING_WAITS),))
        run = _run(kind, caller, waiting)
        record(caller, kind, f"revisions/{waiting.number}")
    return runs.shown_to(caller, runs.result_of(run))


def _his(caller: Caller, waiting: Revision) -> bool:
    """A revision that waits is its author's to confirm, and a server administrator's."""
    return caller.domains is None or waiting.operator_id == caller.operator_id


def _to_its_end(caller: Caller, begun: Result) -> Result:
    return begun if begun.run is None else runs.shown_to(caller, runs.wait(begun.run))


def _waits(proposal: Proposal, waiting: Revision) -> Result:
    return _refused(proposal, Finding("unconfirmed", "", _UNCONFIRMED.with_(number=waiting.number)))


def _refused(proposal: Proposal, *findings: Finding) -> Result:
    return Result("refused", proposal.digest, proposal.base, findings=findings, change_count=len(proposal.edits))

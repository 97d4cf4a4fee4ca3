"""Plans: what would happen. Nothing is changed by making one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from django.db import transaction

from fumibako.actions import runs
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require, require_edits
from fumibako.actions.proposal import Proposal
from fumibako.actions.result import SHOWN, Result, text_of
from fumibako.actions.trouble import Busy, Unfinished
from fumibako.document.alike import counted
from fumibako.document.words import describe
from fumibako.schema.finding import Finding
from fumibako.schema.finding import dangers as dangerous
from fumibako.schema.text import Text

_BECOMES: Final = Text("{question}: {after}", "{question}：{after}")


def start(caller: Caller, proposal: Proposal) -> Result:
    """Ask the agent what a proposal would do. The result is `running` with the number of the run (`runs.look` shows how
    it goes on); or at once `refused` with findings, or `unchanged`."""
    require(caller, "stage_rows")
    early = settled(proposal)
    if early is not None:
        return early
    require_edits(caller, proposal.edits)
    with transaction.atomic():
        settings = views.live().settings_with(proposal.edits)
        run = runs.start(
            kind="plan",
            base=proposal.base,
            settings=settings,
            edits=runs.directory_part(proposal.edits),
            digest=proposal.digest,
            owner=caller.owner,
        )
    return runs.shown_to(caller, runs.result_of(run))


def plan(caller: Caller, proposal: Proposal) -> Result:
    """`start`, and wait for the end. Warnings of the proposal come before the agent's findings."""
    begun = start(caller, proposal)
    if begun.run is None:
        return begun
    return with_warnings(runs.shown_to(caller, runs.wait(begun.run)), proposal.findings)


def plan_within(caller: Caller, proposal: Proposal, seconds: float) -> Result:
    """`plan` for who does not wait longer than this: then it is `running` still, and its run can be looked at later."""
    begun = start(caller, proposal)
    if begun.run is None:
        return begun
    try:
        return with_warnings(runs.shown_to(caller, runs.wait(begun.run, seconds)), proposal.findings)
    except (Busy, Unfinished):
        return begun


def dangers(plan: Result) -> list[Text]:
    """What must have been read before a plan is applied: the findings that ask again, and the answers of the server that
    would become dangerous."""
    found = [row for row in plan.behaviour if row["changed"] and row["danger"] == "danger"]
    answers = [_BECOMES.with_(question=text_of(row["question"]), after=text_of(row["after"])) for row in found]
    return [*(finding.message for finding in dangerous(plan.findings)), *answers]


def settled(proposal: Proposal) -> Result | None:
    """What can be said of a proposal without the agent: that it is wrong, or that it changes nothing."""
    if proposal.ok and proposal.edits:
        return None
    shown = proposal.edits[:SHOWN]
    return Result(
        outcome="refused" if not proposal.ok else "unchanged",
        digest=proposal.digest,
        base=proposal.base,
        edits=shown,
        changes=tuple(describe(edit) for edit in shown),
        change_count=len(proposal.edits),
        alike=counted(proposal.edits),
        findings=proposal.findings,
    )


def with_warnings(result: Result, findings: Sequence[Finding]) -> Result:
    """The result with these in front of what the agent found."""
    return replace(result, findings=(*findings, *result.findings)) if findings else result

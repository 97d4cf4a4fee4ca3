"""Plans: what would happen. Nothing is changed by making one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from fumibako.actions import runs
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.actions.proposal import Proposal
from fumibako.actions.result import SHOWN, Result
from fumibako.document.words import describe
from fumibako.schema.finding import Finding


def start(caller: Caller, proposal: Proposal) -> Result:
    """Ask the agent what a proposal would do. The result is `running` with the number of the run (`runs.look` shows how
    it goes on); or at once `refused` with findings, or `unchanged`."""
    require(caller, "stage")
    early = settled(proposal)
    if early is not None:
        return early
    with transaction.atomic():
        settings = views.live().with_(proposal.edits).settings
        run = runs.start(
            kind="plan",
            base=proposal.base,
            settings=settings,
            edits=runs.directory_part(proposal.edits),
            digest=proposal.digest,
            owner=caller.owner,
        )
    return runs.result_of(run)


def plan(caller: Caller, proposal: Proposal) -> Result:
    """`start`, and wait for the end. Warnings of the proposal come before the agent's findings."""
    begun = start(caller, proposal)
    if begun.run is None:
        return begun
    return with_warnings(runs.wait(begun.run), proposal.findings)


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
        findings=proposal.findings,
    )


def with_warnings(result: Result, findings: Sequence[Finding]) -> Result:
    """The result with these in front of what the agent found."""
    return replace(result, findings=(*findings, *result.findings)) if findings else result

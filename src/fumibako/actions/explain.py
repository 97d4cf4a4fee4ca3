"""What would happen to a message, and why: of the server that serves, or as it would be with edits made."""

from __future__ import annotations

from typing import Any, Final

from fumibako.actions import agent_link, runs
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.actions.proposal import Proposal
from fumibako.actions.trouble import Refused, Unanswered
from fumibako.plan.asked_inquiry import asked_inquiry
from fumibako.plan.explanation import Explanation
from fumibako.plan.inquiry import Inquiry
from fumibako.schema.finding import Finding
from fumibako.wire.console import Run

# Of runs that are no runs: the agent's own numbers begin above.
_NO_RUN: Final = 0


def inquiry(caller: Caller, **asked: str) -> Inquiry:
    """The inquiry that a person wrote (`plan.asked_inquiry`). Raises `Refused` with what is wrong."""
    require(caller, "look")
    found, findings = asked_inquiry(**asked, primary_domain=views.live().primary_domain)
    if found is None:
        raise Refused(findings=findings)
    return found


def explain(caller: Caller, asked: Inquiry) -> Explanation:
    """What the server does now. Raises `Refused` where there is no answer to be had, `Unanswered` without an agent."""
    require(caller, "look")
    return _told(agent_link.explain({"inquiry": asked.as_json()}))


def explain_with(caller: Caller, asked: Inquiry, proposal: Proposal) -> Explanation:
    """What the server would do with these edits made: the candidate is asked, in a trial of its own. Without edits it is
    the server that serves."""
    require(caller, "stage")
    if not proposal.ok:
        raise Refused(findings=proposal.findings)
    if not proposal.edits:
        return explain(caller, asked)
    live = views.live()
    run = Run(
        _NO_RUN,
        "plan",
        proposal.base,
        proposal.base + 1,
        live.settings,
        live.settings_with(proposal.edits),
        tuple(runs.directory_part(proposal.edits)),
    )
    return _told(agent_link.explain({"inquiry": asked.as_json(), "run": run.as_json()}))


def _told(answer: dict[str, Any] | None) -> Explanation:
    if answer is None:
        raise Unanswered(findings=[runs.away_finding()])
    if not answer.pop("ok"):
        raise Refused(findings=[Finding.from_wire(each) for each in answer.get("findings", ())])
    return Explanation.from_wire(answer)

"""The plan (設定内容の確認): what would happen, tried out, before anything does.

The first look starts a run of the agent and goes to an address with its number, so that looking again, by hand or by
htmx, looks at the same run. When what is proposed has become something else meanwhile, a new run is started.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from fumibako.actions import drafts, plans, runs
from fumibako.actions.caller import Caller
from fumibako.actions.proposal import Proposal
from fumibako.actions.result import Result, text_of
from fumibako.actions.trouble import Missing
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.places import address_of, name_of, page
from fumibako.console.pages.proposed import Proposed
from fumibako.console.peer import Request
from fumibako.document.words import Change
from fumibako.schema.finding import Finding, errors
from fumibako.schema.text import Text

VIEWS: Final = ("behaviour", "settings", "files")
CONFIRM_WITHIN: Final = (
    (None, Text("never", "しない")),
    (60, Text("1 minute", "1 分以内")),
    (300, Text("5 minutes", "5 分以内")),
    (900, Text("15 minutes", "15 分以内")),
)
# What a plan with a warning is offered: who shuts himself out cannot come back to put it right.
_CAUTIOUS: Final = 300

_FAILED = Text("{step}: {text}", "{step}：{text}")
_NOT_PLANNED = Text("The agent refused it.", "エージェントが受け付けませんでした。")


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def plan(request: Request) -> HttpResponseBase:
    asked = Proposed.read(request.GET)
    view = request.GET.get("view", "")
    if request.method == "POST":
        if key := request.POST.get("undo_alike", ""):
            drafts.unstage_alike(request.caller, key)
        else:
            drafts.unstage(request.caller, request.POST.get("undo", ""))
        return redirect(asked.address("plan", view="settings"))
    proposal = asked.proposal(request.caller)
    result = planned(request.caller, proposal, request.GET.get("run", ""))
    if result is None:
        result = plans.start(request.caller, proposal)
        if result.run is not None:
            return redirect(asked.address("plan", **({"view": view} if view in VIEWS else {}), run=result.run))
    view = view if view in VIEWS else "behaviour" if result.tried or result.outcome == "running" else "settings"
    return render(request, "pages/plan.html", _context(asked, result, view))


def planned(caller: Caller, proposal: Proposal, number: str) -> Result | None:
    """The run that the address names, if it is the plan of just this proposal."""
    if plans.settled(proposal) is not None or not number.isdecimal() or len(number) > 15:
        return None
    try:
        result = runs.look(caller, int(number))
    except Missing:
        return None
    if result.revision is not None or result.digest != proposal.digest:
        return None
    return plans.with_warnings(result, proposal.findings)


def _context(asked: Proposed, result: Result, view: str) -> dict[str, Any]:
    run = {} if result.run is None else {"run": result.run}
    read_first = plans.dangers(result)
    chosen = _CAUTIOUS if read_first else None
    return {
        "result": _Explained(result),
        "title": asked.title,
        "view": view,
        "views": {name: asked.address("plan", view=name, **run) for name in VIEWS},
        "dangers": read_first,
        "findings_seen": [_finding(finding) for finding in _findings(result) if finding.severity != "danger"],
        "stopped": result.outcome == "refused",
        "apply_url": asked.address("apply", **run),
        "back_url": asked.back,
        "plan_url": asked.address("plan", view=view, **run),
        "undo_url": asked.address("plan") if asked.restore is None else "",
        "alike_url": page("alike"),
        "confirm_choices": [
            {"value": seconds or "", "label": label, "selected": seconds == chosen} for seconds, label in CONFIRM_WITHIN
        ],
    }


def _findings(result: Result) -> list[Finding]:
    """The findings; and where a refused plan has none, the words of the step that failed."""
    found = list(result.findings)
    if result.outcome != "refused" or errors(found):
        return found
    for step in result.steps:
        if step["outcome"] == "failed":
            message = _FAILED.with_(step=text_of(step["title"]), text=text_of(step["text"]) or "")
            return [*found, Finding("step-failed", "", message)]
    return [*found, Finding("refused", "", _NOT_PLANNED)]


def _finding(finding: Finding) -> dict[str, Any]:
    if finding.code == "conflict":
        where = name_of(finding.path)
        return {"message": finding.message, "where": where, "url": page("conflicts"), "severity": "error"}
    return {
        "message": finding.message,
        "url": address_of(finding.path),
        "where": name_of(finding.path),
        "severity": finding.severity,
    }


class _Explained:
    """A result whose answers also say where that is set."""

    def __init__(self, result: Result) -> None:
        self._result = result
        names: dict[str, Change] = {change.path: change for change in result.changes}
        self.behaviour = [
            {**row, "url": address_of(row["path"]), "why": _why(row["path"], names)} for row in result.behaviour
        ]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._result, name)


def _why(path: str | None, changes: dict[str, Change]) -> Text | None:
    change = changes.get(path or "")
    return change.text if change else name_of(path)


urlpatterns = [path("plan/", plan, name="plan")]

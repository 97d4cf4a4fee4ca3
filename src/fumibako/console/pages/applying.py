"""設定する: what every button that applies something does, in the bar, on a page and under a plan."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from fumibako.actions import applies
from fumibako.console.pages.places import page
from fumibako.console.pages.plan import CONFIRM_WITHIN, planned
from fumibako.console.pages.proposed import Proposed
from fumibako.console.peer import Request
from fumibako.schema.text import Text

# A page does not keep its reader waiting for somebody else's change for longer than this.
_TURN_SECONDS: Final = 3.0

_READ_FIRST = Text("Read the warning and tick it, then apply.", "注意を読み、確認欄に印を付けてから設定してください。")
_NOTHING = Text("There is nothing to apply.", "設定する変更はありません。")


def begun(request: Request, asked: Proposed) -> HttpResponse:
    """Apply what is `asked` and go to where one watches it. What was reviewed is applied if the address names its plan;
    else it is planned first, and where that plan has something that must be read, it is shown instead."""
    proposal = asked.proposal(request.caller)
    within = request.POST.get("confirm_within", "")
    seen = planned(request.caller, proposal, request.GET.get("run", ""))
    result = applies.start_planned(
        request.caller,
        proposal,
        seen=seen,
        understood=seen is not None and request.POST.get("understood") == "yes",
        digest=request.POST.get("digest") or None,
        confirm_within=next((seconds for seconds, _ in CONFIRM_WITHIN if seconds and str(seconds) == within), None),
        wait_turn=_TURN_SECONDS,
    )
    if result.revision is not None and result.run is not None:
        return redirect("run", result.run)
    if result.outcome == "unchanged":
        _complain(request, _NOTHING, messages.INFO)
        return redirect(asked.back)
    if result.run is not None:  # a plan
        if result.outcome == "planned":
            _complain(request, _READ_FIRST)
        return redirect(asked.address("plan", run=result.run))
    # What is wrong with the draft itself stands on the page of its plan.
    for finding in result.findings if proposal.ok else ():
        _complain(request, finding.message)
    if any(finding.code == "conflict" for finding in result.findings) and (conflicts := page("conflicts")):
        return redirect(conflicts)
    return redirect(asked.address("plan", **({} if seen is None else {"run": seen.run})))


def _complain(request: Request, text: Text, level: int = messages.ERROR) -> None:
    messages.add_message(request, level, text.in_(request.caller.language))

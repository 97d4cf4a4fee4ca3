"""The page on which one watches an apply, and what can be done about one."""

from __future__ import annotations

import math
import time
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from fumibako.actions import applies, drafts, history, runs
from fumibako.actions.caller import Caller
from fumibako.actions.result import Result
from fumibako.actions.trouble import Missing
from fumibako.console.pages.applying import begun
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.places import page
from fumibako.console.pages.proposed import Proposed
from fumibako.console.peer import Request
from fumibako.plan.apply import APPLY
from fumibako.schema.text import Text

_POLL_SECONDS: Final = 0.5


@require_POST
@behind_log_in
def apply(request: Request) -> HttpResponseBase:
    """What the address names: everything that is staged, some chapters of it, or an older revision."""
    return begun(request, Proposed.read(request.GET))


@require_safe
@behind_log_in
def run(request: Request, number: int) -> HttpResponseBase:
    """A run as it goes on. Asked by htmx it answers with the part that changes."""
    try:
        result = runs.look(request.caller, number)
    except Missing as error:
        raise Http404 from error
    if result.revision is None:
        raise Http404  # a plan has its own page
    polled = "HX-Request" in request.headers
    over = polled and result.finished  # then what is staged has changed, and the frame says so
    context = {"result": result, "run": _run(request.caller, number, result), "polled": polled, "over": over}
    return render(request, "parts/run.html" if polled else "pages/run.html", context)


@require_POST
@behind_log_in
def confirm(request: Request) -> HttpResponseBase:
    return _settled(request, applies.start_confirm(request.caller))


@require_POST
@behind_log_in
def roll_back(request: Request) -> HttpResponseBase:
    return _settled(request, applies.start_roll_back(request.caller))


def _settled(request: Request, result: Result) -> HttpResponse:
    if result.run is not None:
        return redirect("run", result.run)
    for finding in result.findings:
        messages.warning(request, _in(request, finding.message))
    latest = runs.latest(request.caller)
    return redirect("run", latest.run) if latest and latest.run else redirect("overview")


def _run(caller: Caller, number: int, result: Result) -> dict[str, Any]:
    failed = result.outcome in {"rolled_back", "refused"}
    return {
        "url": reverse("run", args=[number]),
        "poll": _poll(result),
        "later": _later(result),
        **_undo(caller, result),
        "confirm_url": reverse("run_confirm"),
        "staged": failed and bool(drafts.counts(caller)),
        "back_url": reverse("plan") if failed and drafts.counts(caller) else reverse("overview"),
        "history_url": page("history"),
    }


def _poll(result: Result) -> float | None:
    """In how many seconds to look again: soon while it runs, and when the time to confirm is over."""
    if result.outcome == "running":
        return _POLL_SECONDS
    if result.outcome == "unconfirmed" and result.confirm_by is not None:
        return max(1, math.ceil(result.confirm_by - time.time()) + 1)
    return None


def _later(result: Result) -> list[Text]:
    """The steps that are still to come, as far as the agent has not said that it goes another way."""
    names = [step["name"] for step in result.steps]
    table = [row.name for row in APPLY]
    if result.outcome != "running" or (names and names[-1] not in table):
        return []
    return [row.title for row in APPLY[table.index(names[-1]) + 1 if names else 0 :]]


def _undo(caller: Caller, result: Result) -> dict[str, str | None]:
    """元に戻す: at once while it waits to be confirmed; else by bringing back what was before, as long as nothing has
    come after it. The digest keeps a page that is left open from undoing more than it shows."""
    if result.outcome == "unconfirmed":
        return {"undo_url": reverse("run_roll_back"), "undo_digest": None}
    none: dict[str, str | None] = {"undo_url": None, "undo_digest": None}
    if result.outcome not in {"applied", "confirmed"} or result.revision is None or result.base < 1:
        return none
    line, _ = history.one(caller, result.revision)
    if not line.serves or not (before := history.restored(caller, result.base)).ok:
        return none
    return {"undo_url": Proposed(restore=result.base).address("apply"), "undo_digest": before.digest}


def _in(request: Request, text: Text) -> str:
    return text.in_(request.caller.language)


urlpatterns = [
    path("apply/", apply, name="apply"),
    path("runs/confirm/", confirm, name="run_confirm"),
    path("runs/roll-back/", roll_back, name="run_roll_back"),
    path("runs/<int:number>/", run, name="run"),
]

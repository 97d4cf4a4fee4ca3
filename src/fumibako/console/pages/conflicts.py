"""Two changes meet (変更の重なり): for each place the operator says whose counts. Nothing is applied by that."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from fumibako.actions import conflicts as meetings
from fumibako.actions import drafts
from fumibako.actions.conflicts import Side
from fumibako.actions.trouble import Missing
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.peer import Request
from fumibako.schema.text import Text

_SIDES: Final[dict[str, Side]] = {"mine": "mine", "theirs": "theirs"}
_NONE_LEFT: Final = Text("No changes meet.", "重なっている変更はありません。")
_SETTLED: Final = Text("Your choice is staged.", "選んだ内容にしました。まだ反映していません。")


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def conflicts(request: Request) -> HttpResponseBase:
    if request.method == "POST":
        return _settle(request)
    found = meetings.found(request.caller)
    if not found:
        messages.info(request, _NONE_LEFT.in_(request.caller.language))
        return redirect(_onward(request))
    context = {
        "conflicts": found,
        "action": reverse("conflicts"),
        "revision_url": reverse("history"),
        "back_url": reverse("overview"),
    }
    return render(request, "pages/conflict.html", context)


def _settle(request: Request) -> HttpResponseBase:
    """Only what conflicts now can be chosen about; what has settled itself meanwhile is let be."""
    for each in meetings.found(request.caller):
        side = _SIDES.get(request.POST.get(each.path, ""))
        if side is None:
            continue
        try:
            meetings.resolve(request.caller, each.path, side)
        except Missing:
            continue
    if meetings.found(request.caller):
        return redirect("conflicts")
    messages.success(request, _SETTLED.in_(request.caller.language))
    return redirect(_onward(request))


def _onward(request: Request) -> str:
    """To look at what is left of the draft, if anything is."""
    return reverse("plan" if drafts.counts(request.caller) else "overview")


urlpatterns = [path("conflicts/", conflicts, name="conflicts")]

"""History (履歴): every apply is a numbered revision; any two can be compared, any one restored."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from fumibako.actions import history as revisions
from fumibako.actions.caller import Caller
from fumibako.actions.history import Line
from fumibako.actions.result import SHOWN
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.proposed import Proposed
from fumibako.console.peer import Request
from fumibako.document.alike import counted
from fumibako.document.alike_words import told
from fumibako.document.words import describe

_LINES: Final = 20
# Revisions that came to be: what they made can be gone back to.
_MADE: Final = frozenset({"applied", "unconfirmed"})


@require_safe
@behind_log_in
def history(request: Request) -> HttpResponseBase:
    before = _number(request.GET.get("before", ""))
    lines, older = revisions.page(request.caller, before=before, limit=_LINES)
    if before is not None and not lines:
        return redirect("history")
    context = {
        "revisions": lines,
        "revision_url": reverse("history"),
        "compare_url": reverse("compare"),
        "pager": {
            "previous_url": _newer(request.caller, lines),
            "next_url": f"?before={older}" if older else None,
        },
    }
    return render(request, "pages/history.html", context)


@require_safe
@behind_log_in
def revision(request: Request, number: int) -> HttpResponseBase:
    line, result = revisions.one(request.caller, _known(number))
    live = _serving(request.caller)
    older, _ = revisions.page(request.caller, before=number, limit=1)
    newer = revisions.newer(request.caller, number, 1)
    context = {
        "revision": line,
        "result": result,
        "history_url": reverse("history"),
        "previous_url": reverse("revision", args=[older[0].number]) if older else None,
        "next_url": reverse("revision", args=newer) if newer else None,
        "compare_url": None if line.serves else _comparison(number, live),
        "restore_url": Proposed(restore=number).address("plan") if line.state in _MADE and not line.serves else None,
    }
    return render(request, "pages/revision.html", context)


@require_safe
@behind_log_in
def compare(request: Request) -> HttpResponseBase:
    """From `a` to `b`; where the address leaves one out, what serves takes its place."""
    live = _serving(request.caller)
    numbers = [_number(request.GET.get(name, "")) for name in ("a", "b")]
    start, end = (live if number is None else number for number in numbers)
    edits = revisions.edits_between_revisions(request.caller, start, end)
    context = {
        "a": revisions.one(request.caller, start)[0],
        "b": revisions.one(request.caller, end)[0],
        "lines": told(map(describe, edits[:SHOWN]), counted(edits)),
        "change_count": len(edits),
        "files": [],
        "view": "settings",
        "swap_url": _comparison(end, start),
        "history_url": reverse("history"),
    }
    return render(request, "pages/compare.html", context)


def _comparison(start: int, end: int) -> str:
    query = QueryDict(mutable=True)
    query.update({"a": str(start), "b": str(end)})
    return f"{reverse('compare')}?{query.urlencode()}"


def _newer(caller: Caller, lines: list[Line]) -> str | None:
    """The page above."""
    above = revisions.newer(caller, lines[0].number, _LINES + 1) if lines else []
    if not above:
        return None
    return f"?before={above[-1]}" if len(above) > _LINES else reverse("history")


def _serving(caller: Caller) -> int:
    return revisions.serving(caller).number


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _known(number: int) -> int:
    """SQLite's integers end somewhere; an address may go on."""
    if number >= 10**9:
        raise Http404
    return number


urlpatterns = [
    path("history/", history, name="history"),
    path("history/compare/", compare, name="compare"),
    path("history/<int:number>/", revision, name="revision"),
]

"""What is staged: many edits that are alike, a page at a time; and throwing all of it away, asked once more."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from fumibako.actions import drafts
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.proposed import Proposed
from fumibako.console.peer import Request
from fumibako.document.words import CHAPTERS
from fumibako.schema.text import Text

_ROWS = 100
_QUESTION = Text("Discard everything that is staged?", "未適用の変更をすべて取り消しますか？")
_BUTTON = Text("Discard", "取り消す")
_CHAPTER = Text("{chapter}: {number}", "{chapter}: {number} 件")
_SERVER = Text("The server stays as it is.", "サーバーの現在の設定は変わりません。")
_GONE = Text("{number} staged edits discarded.", "未適用の変更 {number} 件を取り消しました。")
_ONE_GONE = Text("One staged edit discarded.", _GONE.ja)
_NOTHING = Text("Nothing was staged.", "未適用の変更はありませんでした。")


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def discard(request: Request) -> HttpResponseBase:
    """All of it, or the chapters that the address names."""
    asked = Proposed.read(request.GET)
    if request.method == "POST":
        number = drafts.discard(request.caller, asked.chapters or None)
        said = (_ONE_GONE if number == 1 else _GONE).with_(number=number) if number else _NOTHING
        messages.success(request, said.in_(request.caller.language))
        return redirect(asked.back)
    counts = drafts.counts(request.caller)
    shown = [key for key in CHAPTERS if key in counts and (not asked.chapters or key in asked.chapters)]
    lines = [_CHAPTER.with_(chapter=CHAPTERS[key], number=counts[key]) for key in shown]
    context = {
        "question": _QUESTION,
        "consequences": [*lines, _SERVER],
        "button": _BUTTON,
        "cancel_url": asked.back,
        "action": request.get_full_path(),
    }
    return render(request, "pages/confirm.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def alike(request: Request) -> HttpResponseBase:
    """All staged edits that are alike, a page at a time; each and all of them can be taken back."""
    key, after = request.GET.get("key", ""), request.GET.get("after", "")
    if request.method == "POST":
        if whole := request.POST.get("undo_alike", ""):
            drafts.unstage_alike(request.caller, whole)
            return redirect(Proposed().address("plan", view="settings"))
        drafts.unstage(request.caller, request.POST.get("undo", ""))
        return redirect(request.get_full_path())
    start = int(after) if after.isdecimal() and len(after) < 16 else 0
    edits, more = drafts.alike(request.caller, key, after=start, limit=_ROWS)
    if not edits:
        return redirect(Proposed().address("plan", view="settings"))
    query = QueryDict(mutable=True)
    query.update({"key": key, "after": str(more)})
    first = QueryDict(mutable=True)
    first.update({"key": key})
    context = {
        "lines": [each.change for each in edits],
        "title": CHAPTERS[edits[0].edit.place[0]],
        "key": key,
        "undo_url": request.get_full_path(),
        "plan_url": Proposed().address("plan", view="settings"),
        "pager": {
            "previous_url": f"?{first.urlencode()}" if start else None,
            "next_url": f"?{query.urlencode()}" if more else None,
        },
    }
    return render(request, "pages/alike.html", context)


urlpatterns = [
    path("staged/discard/", discard, name="discard"),
    path("staged/alike/", alike, name="alike"),
]

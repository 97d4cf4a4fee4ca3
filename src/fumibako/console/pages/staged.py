"""Throwing away what is staged, asked once more."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from fumibako.actions import drafts
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.proposed import Proposed
from fumibako.console.peer import Request
from fumibako.document.words import CHAPTERS
from fumibako.schema.text import Text

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


urlpatterns = [path("staged/discard/", discard, name="discard")]

"""Aliases as a CSV file: down as they serve, up into the draft."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from fumibako.actions import alias_csv, drafts
from fumibako.console.pages import csv_upload
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.told import NOTHING, note, tell
from fumibako.console.peer import Request
from fumibako.schema.finding import errors
from fumibako.schema.text import Text

_STAGED = Text(
    "{number} changes from the file are staged.", "ファイルの変更 {number} 件を下書きに保存しました（未適用）。"
)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def aliases_csv(request: Request) -> HttpResponseBase:
    if request.method != "POST":
        # With a BOM, by which spreadsheets know UTF-8.
        answer = HttpResponse("\ufeff" + alias_csv.exported(request.caller), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="aliases.csv"'
        return answer
    text, found = csv_upload.text_of(request)
    if text is not None:
        wanted, found = alias_csv.wanted_of(drafts.view(request.caller), text)
        if not errors(found):
            staged = drafts.stage(request.caller, wanted)
            found += staged.findings
            if staged.ok and not staged.edits:
                note(request, NOTHING)
            elif staged.ok:
                tell(request, _STAGED.with_(number=f"{len(staged.edits):,}"), found)
            if staged.ok:
                return redirect("aliases")
    context = {
        "errors": csv_upload.wrong(errors(found)),
        "list_url": reverse("aliases"),
        "csv_url": reverse("aliases_csv"),
    }
    return render(request, "pages/aliases_csv.html", context, status=422)


urlpatterns = [path("aliases/csv/", aliases_csv, name="aliases_csv")]

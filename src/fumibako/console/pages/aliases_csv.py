"""Aliases as a CSV file: down as they serve, up into the draft."""

from __future__ import annotations

from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from fumibako.actions import alias_csv, drafts
from fumibako.console.pages.account_form import Wrong
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.places import name_of
from fumibako.console.pages.told import NOTHING, note, tell
from fumibako.console.peer import Request
from fumibako.schema import csv_table
from fumibako.schema.finding import Finding, errors
from fumibako.schema.text import Text, plain

_LARGEST: Final = 64 * 1024 * 1024

_STAGED = Text(
    "{number} changes from the file are staged.", "ファイルの変更 {number} 件を下書きに保存しました（未適用）。"
)
_NO_FILE = Text("Choose a file first.", "ファイルを選んでください。")
_TOO_LARGE = Text("The file is larger than 64 MB.", "ファイルが 64 MB を超えています。")


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def aliases_csv(request: Request) -> HttpResponseBase:
    if request.method != "POST":
        # With a BOM, by which spreadsheets know UTF-8.
        answer = HttpResponse("\ufeff" + alias_csv.exported(request.caller), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="aliases.csv"'
        return answer
    text, found = _text_of(request)
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
        "errors": [_line(each) for each in errors(found)],
        "list_url": reverse("aliases"),
        "csv_url": reverse("aliases_csv"),
    }
    return render(request, "pages/aliases_csv.html", context, status=422)


def _text_of(request: Request) -> tuple[str | None, list[Finding]]:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or not file.size:
        return None, [Finding("csv-no-file", "", _NO_FILE)]
    if file.size > _LARGEST:
        return None, [Finding("csv-too-large", "", _TOO_LARGE)]
    text = csv_table.decoded(file.read())
    return text, [] if text is not None else [csv_table.unknown_encoding()]


def _line(finding: Finding) -> Wrong:
    return Wrong(finding.message, "", name_of(finding.path) or (plain(finding.path) if finding.path else None))


urlpatterns = [path("aliases/csv/", aliases_csv, name="aliases_csv")]

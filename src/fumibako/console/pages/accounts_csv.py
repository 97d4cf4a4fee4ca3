"""Accounts as a CSV file: down as they serve, up into the draft, with a page on which one watches that."""

from __future__ import annotations

from itertools import chain
from typing import Any, Final

from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from fumibako.actions import account_csv, account_import
from fumibako.actions.account_import import Import
from fumibako.actions.trouble import Busy, Missing
from fumibako.console.pages import csv_upload
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.peer import Request
from fumibako.schema.finding import Finding, errors

_POLL_SECONDS: Final = 0.7


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def accounts_csv(request: Request) -> HttpResponseBase:
    found: list[Finding] = []
    if request.method == "POST":
        text, found = csv_upload.text_of(request)
        if text is not None:
            try:
                return redirect("accounts_import", account_import.start(request.caller, text, draft=True).number)
            except Busy as busy:
                found = [Finding(busy.code, "", busy.message)]
    context = _context() | {"errors": csv_upload.wrong(found)}
    return render(request, "pages/accounts_csv.html", context, status=422 if found else 200)


@require_safe
@behind_log_in
def accounts_download(request: Request) -> HttpResponseBase:
    pieces = account_csv.exported(request.caller, with_secrets="with_secrets" in request.GET)
    # With a BOM, by which spreadsheets know UTF-8.
    answer = StreamingHttpResponse(chain(["\ufeff"], pieces), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="accounts.csv"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def accounts_import(request: Request, number: str) -> HttpResponseBase:
    """An import as it goes on. Asked by htmx it answers with the part that changes."""
    try:
        if request.method == "POST":
            account_import.stop(request.caller, number)
            return redirect("accounts_import", number)
        job: Import | None = account_import.look(request.caller, number)
    except Missing:
        job = None
    polled = "HX-Request" in request.headers
    context = _context() | _shown(job) | {"polled": polled, "import_url": reverse("accounts_import", args=[number])}
    return render(request, "parts/accounts_import.html" if polled else "pages/accounts_import.html", context)


def _shown(job: Import | None) -> dict[str, Any]:
    result = job.result if job else None
    findings = result.findings if result else ()
    bad = errors(findings)
    return {
        "job": job,
        "poll": _POLL_SECONDS if job and result is None else None,
        "outcome": result.outcome if result else "running" if job else "lost",
        "errors": csv_upload.wrong(bad),
        "warnings": csv_upload.wrong(each for each in findings if each not in bad),
        "unchanged": job.rows - job.added - job.changed if job else 0,
    }


def _context() -> dict[str, Any]:
    return {
        "columns": account_csv.COLUMNS,
        "list_url": reverse("accounts"),
        "csv_url": reverse("accounts_csv"),
        "download_url": reverse("accounts_download"),
        "review_url": reverse("plan"),
    }


urlpatterns = [
    path("accounts/csv/", accounts_csv, name="accounts_csv"),
    path("accounts/csv/download/", accounts_download, name="accounts_download"),
    path("accounts/csv/<str:number>/", accounts_import, name="accounts_import"),
]

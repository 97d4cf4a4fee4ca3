"""Accounts, aliases and limits as CSV files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Router, Schema

from fumibako.actions import account_csv, account_import, alias_csv, drafts, quota_csv
from fumibako.actions import view as views
from fumibako.actions.checking import Wanted
from fumibako.actions.permission import require
from fumibako.actions.trouble import Refused
from fumibako.actions.view import View
from fumibako.api.caller import caller_of
from fumibako.api.changes import changed
from fumibako.schema import csv_table
from fumibako.schema.finding import Finding, errors

router = Router(tags=["csv"])

CSV = "text/csv; charset=utf-8"


class CsvIn(Schema):
    """The text of a CSV file. One wrong line, and nothing is changed."""

    csv: str


@router.get("/csv/accounts", response={200: None})
def export_accounts(
    request: HttpRequest, domain: str | None = None, with_secrets: bool = False
) -> StreamingHttpResponse:
    """A CSV file with all columns of an import but `password`; `password_hash` only with `with_secrets=true`."""
    pieces = account_csv.exported(caller_of(request), domain, with_secrets=with_secrets)
    return StreamingHttpResponse(pieces, content_type=CSV)


@router.post("/csv/accounts")
def import_accounts(request: HttpRequest, payload: CsvIn, draft: bool = False, wait: bool = True) -> dict[str, Any]:
    """Make or change the accounts of a CSV file (`address` and any of `name`, `password`, `password_hash`, `quota_mb`,
    `enabled`, `may_send`, `may_receive`); others stay. Passwords are hashed here, thirty a second: what takes longer than
    three minutes, or `wait=false`, is answered with `importing` and the number of the import."""
    caller = caller_of(request)
    if len(payload.csv) > csv_table.LARGEST:
        raise Refused(findings=[csv_table.too_large()])
    job = account_import.start(caller, payload.csv, draft=draft)
    if wait:
        account_import.wait(job)
        if job.result is not None and job.result.outcome == "refused" and job.result.run is None:
            raise Refused(findings=job.result.findings)
    return job.as_json(caller.language)


@router.get("/csv/imports/{number}")
def import_of(request: HttpRequest, number: str) -> dict[str, Any]:
    """How an import of accounts goes on: `importing` with `done` of `total` passwords, or how it ended."""
    caller = caller_of(request)
    return account_import.look(caller, number).as_json(caller.language)


@router.delete("/csv/imports/{number}")
def stop_import(request: HttpRequest, number: str) -> dict[str, Any]:
    """Let an import end without a change, unless it is saving already."""
    caller = caller_of(request)
    account_import.stop(caller, number)
    return account_import.look(caller, number).as_json(caller.language)


@router.get("/csv/aliases", response={200: None})
def export_aliases(request: HttpRequest, domain: str | None = None) -> HttpResponse:
    """A CSV file with the columns `address` and `targets`."""
    return HttpResponse(alias_csv.exported(caller_of(request), domain), content_type=CSV)


@router.post("/csv/aliases")
def import_aliases(request: HttpRequest, payload: CsvIn, draft: bool = False) -> dict[str, Any]:
    """Make the aliases of a CSV file (`address,targets`), or give them its targets; others stay."""
    return _changed(request, payload, draft, alias_csv.wanted_of)


@router.get("/csv/quotas", response={200: None})
def export_quotas(request: HttpRequest) -> HttpResponse:
    """A CSV file with the columns `address`, `quota_mb`, `usage_bytes` and `messages`."""
    return HttpResponse(quota_csv.exported(caller_of(request)), content_type=CSV)


@router.post("/csv/quotas")
def import_quotas(request: HttpRequest, payload: CsvIn, draft: bool = False) -> dict[str, Any]:
    """Give accounts the limits of a CSV file (`address,quota_mb`; empty is no limit)."""
    return _changed(request, payload, draft, quota_csv.wanted_of)


def _changed(
    request: HttpRequest,
    payload: CsvIn,
    draft: bool,
    wanted_of: Callable[[View, str], tuple[list[Wanted], list[Finding]]],
) -> dict[str, Any]:
    caller = caller_of(request)
    require(caller, "stage_rows")
    wanted, findings = wanted_of(drafts.view(caller) if draft else views.live_for(caller), payload.csv)
    if errors(findings):
        raise Refused(findings=findings)
    return changed(caller, wanted, draft=draft, findings=findings)

"""Aliases."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import P, QueryEx, Router, Schema

from fumibako.actions import alias_csv, directory, directory_edits, drafts
from fumibako.actions import view as views
from fumibako.actions.permission import require
from fumibako.actions.trouble import Refused
from fumibako.api.caller import caller_of
from fumibako.api.changes import changed
from fumibako.api.directory import paged
from fumibako.schema.finding import errors

router = Router(tags=["aliases"])


class AliasIn(Schema):
    """`targets`: a list of addresses; a bare name belongs to the primary domain. `address` may be `@domain`, which
    catches every name of the domain that nothing else is known of."""

    address: str
    targets: Any


class TargetsIn(Schema):
    targets: Any


class CsvIn(Schema):
    """The text of a CSV file with the columns `address` and `targets`."""

    csv: str


@router.get("/aliases")
def aliases(
    request: HttpRequest,
    search: str = "",
    domain: str | None = None,
    after: str = "",
    before: str = "",
    limit: QueryEx[int, P(ge=1, le=1000)] = 100,
    draft: bool = False,
) -> dict[str, Any]:
    """The aliases in the order of their names; go on with `after=` the answer's `next`."""
    page = directory.aliases(
        caller_of(request), search=search, domain=domain, after=after, before=before, limit=limit, draft=draft
    )
    return paged(page, "aliases")


@router.post("/aliases")
def add_alias(request: HttpRequest, payload: AliasIn, draft: bool = False) -> dict[str, Any]:
    return changed(caller_of(request), directory_edits.add_alias(payload.address, payload.targets), draft=draft)


@router.post("/csv/aliases")
def import_aliases(request: HttpRequest, payload: CsvIn, draft: bool = False) -> dict[str, Any]:
    """Make the aliases of a CSV file, or give them its targets; aliases that it does not name stay. One wrong line, and
    nothing is changed."""
    caller = caller_of(request)
    require(caller, "stage")
    wanted, findings = alias_csv.wanted_of(drafts.view(caller) if draft else views.live(), payload.csv)
    if errors(findings):
        raise Refused(findings=findings)
    return changed(caller, wanted, draft=draft, findings=findings)


@router.get("/csv/aliases", response={200: None})
def export_aliases(request: HttpRequest, domain: str | None = None) -> HttpResponse:
    """A CSV file with the columns `address` and `targets`."""
    text = alias_csv.exported(caller_of(request), domain)
    return HttpResponse(text, content_type="text/csv; charset=utf-8")


@router.get("/aliases/{address}")
def alias(request: HttpRequest, address: str, draft: bool = False) -> dict[str, Any]:
    return directory.one(caller_of(request), "aliases", address, draft=draft).as_json("aliases")


@router.put("/aliases/{address}")
def set_alias(request: HttpRequest, address: str, payload: TargetsIn, draft: bool = False) -> dict[str, Any]:
    """These targets and no others."""
    return changed(caller_of(request), directory_edits.set_alias(address, payload.targets), draft=draft)


@router.delete("/aliases/{address}")
def remove_alias(request: HttpRequest, address: str, draft: bool = False) -> dict[str, Any]:
    return changed(caller_of(request), directory_edits.remove_alias(address), draft=draft)

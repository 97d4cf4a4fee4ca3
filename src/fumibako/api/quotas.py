"""Mailbox quotas: usage and limits, one by one and many at once."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import P, QueryEx, Router, Schema

from fumibako.actions import quotas, system_users
from fumibako.actions.permission import require
from fumibako.actions.quotas import Asked, Preview
from fumibako.actions.trouble import Missing, Refused
from fumibako.api.caller import caller_of
from fumibako.api.changes import applied_json, changed, staged_json
from fumibako.store.quotas import Search

router = Router(tags=["quotas"])


class LimitIn(Schema):
    """MBytes; null is no limit."""

    quota_mb: Any


class LimitsIn(Schema):
    """One limit for accounts: those named, or all that a search finds. Names that are no accounts are passed over and
    listed in the answer. With `preview` nothing is changed."""

    quota_mb: Any
    addresses: list[str] | None = None
    search: str | None = None
    preview: bool = False


@router.get("/quotas")
def listed(
    request: HttpRequest,
    search: str = "",
    initial: str = "",
    sort: Literal["name", "-name", "usage", "-usage"] = "name",
    after: str = "",
    before: str = "",
    limit: QueryEx[int, P(ge=1, le=1000)] = 100,
    draft: bool = False,
) -> dict[str, Any]:
    """Mailboxes with usage and limit; go on with `after=` the answer's `next`. System accounts: `/system-accounts`."""
    falling, order = sort.startswith("-"), sort.lstrip("-")
    asked = Asked(search, initial, "usage" if order == "usage" else "name", falling, after, before, limit)
    page = quotas.listed(caller_of(request), asked, draft=draft)
    return {
        "items": [line.as_json() for line in page.lines],
        "next": page.after,
        "previous": page.before,
        "found": page.found,
        "more": page.more,
        "total": page.total,
        "initials": page.initials,
    }


@router.get("/system-accounts")
def of_the_system(request: HttpRequest, search: str = "") -> dict[str, Any]:
    """The users of the operating system, root and services too: which of them take mail here (`state`), with usage and
    limit."""
    return {"items": [line.as_json() for line in system_users.listed(caller_of(request), search)]}


@router.get("/quotas/{address}")
def one(request: HttpRequest, address: str) -> dict[str, Any]:
    line = quotas.one(caller_of(request), address)
    if line is None:
        raise Missing
    return line.as_json()


@router.put("/quotas/{address}")
def limit_one(request: HttpRequest, address: str, payload: LimitIn, draft: bool = False) -> dict[str, Any]:
    return changed(caller_of(request), [quotas.wanted(address, payload.quota_mb)], draft=draft)


@router.post("/quotas")
def limit_many(request: HttpRequest, payload: LimitsIn, draft: bool = False) -> dict[str, Any]:
    caller = caller_of(request)
    require(caller, "stage_rows")
    if payload.addresses is not None:
        names = payload.addresses
    else:
        names = quotas.chosen(caller, Search((payload.search or "").strip().lower()))
    if payload.preview:
        return _counted(quotas.preview(caller, names, payload.quota_mb))
    if draft:
        preview, staged = quotas.stage_many(caller, names, payload.quota_mb)
        return _counted(preview) | staged_json(caller, staged)
    preview, proposal = quotas.proposed(caller, names, payload.quota_mb)
    return _counted(preview) | applied_json(caller, proposal)


def _counted(preview: Preview) -> dict[str, Any]:
    if preview.findings:
        raise Refused(findings=list(preview.findings))
    return {"changed": preview.changed, "unchanged": preview.unchanged, "unknown": list(preview.unknown)}

"""Aliases."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import P, QueryEx, Router, Schema

from fumibako.actions import directory, directory_edits
from fumibako.api.caller import caller_of
from fumibako.api.changes import changed
from fumibako.api.directory import paged

router = Router(tags=["aliases"])


class AliasIn(Schema):
    """`targets`: a list of addresses; a bare name belongs to the primary domain. `address` may be `@domain`, which
    catches every name of the domain that nothing else is known of."""

    address: str
    targets: Any


class TargetsIn(Schema):
    targets: Any


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

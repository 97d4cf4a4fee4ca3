"""DNS block lists and refused senders."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import P, QueryEx, Router, Schema

from fumibako.actions import drafts
from fumibako.actions import status as statuses
from fumibako.actions import view as views
from fumibako.actions.entries import adding, removing
from fumibako.actions.permission import require
from fumibako.api.caller import caller_of
from fumibako.api.changes import changed
from fumibako.features.spam.check import LISTS, SENDERS
from fumibako.mail.dns_list import parse_dns_list
from fumibako.schema.place import Place, looked_up

router = Router(tags=["spam"])


class EntriesIn(Schema):
    """Entries as on the page, all of them or none."""

    entries: list[str]


@router.get("/spam/lists")
def lists(request: HttpRequest, draft: bool = False) -> dict[str, Any]:
    """The DNS block lists, each with how it was found last (`alive`, `everybody`, `nobody`, `refused`, `silent`; all but the
    first and the last are switched off), when, and how often it decided."""
    caller = caller_of(request)
    require(caller, "look")
    seen = drafts.view(caller) if draft else views.live()
    found = {each["name"]: each for each in statuses.block_lists(caller)}
    entries = looked_up(seen.settings, LISTS) or ()
    nothing = dict.fromkeys(("state", "checked", "hits", "refused"))
    items = []
    for entry in entries:
        name = parse_dns_list(entry).name
        items.append({"list": entry, "name": name, **{key: found.get(name, nothing)[key] for key in nothing}})
    return {"items": items, "total": len(items)}


@router.post("/spam/lists")
def add_lists(request: HttpRequest, payload: EntriesIn, draft: bool = False) -> dict[str, Any]:
    return _added(request, LISTS, payload, draft=draft)


@router.delete("/spam/lists")
def remove_list(request: HttpRequest, entry: str, draft: bool = False) -> dict[str, Any]:
    return changed(caller_of(request), removing(LISTS, [entry]), draft=draft)


@router.get("/spam/senders")
def senders(
    request: HttpRequest,
    search: str = "",
    after: str = "",
    limit: QueryEx[int, P(ge=1, le=1000)] = 100,
    draft: bool = False,
) -> dict[str, Any]:
    """The refused senders in the order of their texts; go on with `after=` the answer's `next`."""
    caller = caller_of(request)
    require(caller, "look")
    seen = drafts.view(caller) if draft else views.live()
    entries = looked_up(seen.settings, SENDERS) or ()
    found = sorted(entry for entry in entries if search.lower() in entry and entry > after)
    page = found[:limit]
    following = page[-1] if len(found) > limit else None
    return {"items": [{"sender": entry} for entry in page], "next": following, "total": len(entries)}


@router.post("/spam/senders")
def add_senders(request: HttpRequest, payload: EntriesIn, draft: bool = False) -> dict[str, Any]:
    """`spam@example.co.jp`, or `@example.co.jp` for exactly that domain."""
    return _added(request, SENDERS, payload, draft=draft)


@router.delete("/spam/senders")
def remove_sender(request: HttpRequest, entry: str, draft: bool = False) -> dict[str, Any]:
    return changed(caller_of(request), removing(SENDERS, [entry]), draft=draft)


def _added(request: HttpRequest, place: Place, payload: EntriesIn, *, draft: bool) -> dict[str, Any]:
    caller = caller_of(request)
    require(caller, "stage")
    seen = drafts.view(caller) if draft else views.live()
    return changed(caller, adding(seen, place, payload.entries), draft=draft)

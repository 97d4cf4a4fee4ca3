"""The clients that may send without logging in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from fumibako.actions import drafts
from fumibako.actions import view as views
from fumibako.actions.entries import adding, removing
from fumibako.actions.permission import require
from fumibako.api.caller import caller_of
from fumibako.api.changes import changed
from fumibako.features.access.told import meaning, number_of
from fumibako.mail.client_pattern import Named, parse_client
from fumibako.schema.place import looked_up

router = Router(tags=["access"])

_PLACE = ("access", "permitted_clients")


class ClientsIn(Schema):
    """Clients as on the page: an address, `192.168.0.`, `192.168.0.21-24`, `10.1.0.0/16`, a domain."""

    clients: list[str]


@router.get("/access/clients")
def clients(request: HttpRequest, draft: bool = False) -> dict[str, Any]:
    """The permitted clients, each with the exact range that it means and the number of addresses."""
    caller = caller_of(request)
    require(caller, "look")
    seen = drafts.view(caller) if draft else views.live()
    entries = looked_up(seen.settings, _PLACE) or ()
    return {"items": [_shown(entry, caller.language) for entry in entries], "total": len(entries)}


@router.post("/access/clients")
def permit(request: HttpRequest, payload: ClientsIn, draft: bool = False, sure: bool = False) -> dict[str, Any]:
    """Permit them, all or none. A very wide one is applied only with `sure=true`."""
    caller = caller_of(request)
    require(caller, "stage")
    return changed(
        caller, adding(drafts.view(caller) if draft else views.live(), _PLACE, payload.clients), draft=draft, sure=sure
    )


@router.delete("/access/clients")
def withdraw(request: HttpRequest, client: str, draft: bool = False) -> dict[str, Any]:
    """Permit one no longer; another spelling of it will do. Withdrawing what is not there changes nothing."""
    return changed(caller_of(request), removing(_PLACE, [client]), draft=draft)


def _shown(entry: str, language: str) -> dict[str, Any]:
    pattern = parse_client(entry)
    shown: dict[str, Any] = {"client": entry, "meaning": meaning(pattern).in_(language)}
    if not isinstance(pattern, Named):
        shown |= {"first": pattern.range.first, "last": pattern.range.last, "addresses": pattern.range.number}
        shown["number"] = number_of(pattern.range).in_(language)
    return shown

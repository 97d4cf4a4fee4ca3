"""The smart relay's routes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from fumibako.actions import drafts, relay_routes, secrets
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.actions.view import View
from fumibako.api.caller import caller_of
from fumibako.api.changes import changed

router = Router(tags=["relay"])


class RouteIn(Schema):
    """`name` is `default`, `example.com` (mail to that domain), `.example.com` (to those under it) or `@example.com` (mail
    from that domain). Its password is set apart, as the secret `relay/NAME`."""

    name: str
    host: str
    port: Any = 25
    username: Any = None
    tls: Any = None


class RoutePatch(Schema):
    host: Any = None
    port: Any = None
    username: Any = None
    tls: Any = None


@router.get("/relay/routes")
def routes(request: HttpRequest, draft: bool = False) -> dict[str, Any]:
    """Every route, the default first."""
    caller = caller_of(request)
    require(caller, "look")
    seen = drafts.view(caller) if draft else views.live()
    items = list(relay_routes.listed(seen, frozenset(secrets.names(caller))))
    return {"items": items, "total": len(items)}


@router.post("/relay/routes")
def add_route(request: HttpRequest, payload: RouteIn, draft: bool = False) -> dict[str, Any]:
    caller = caller_of(request)
    wanted = relay_routes.add(_edited(caller, draft=draft), payload.name, payload.dict(exclude={"name"}))
    return changed(caller, wanted, draft=draft)


@router.patch("/relay/routes/{name}")
def change_route(request: HttpRequest, name: str, payload: RoutePatch, draft: bool = False) -> dict[str, Any]:
    """Fields that are not named stay."""
    caller = caller_of(request)
    wanted = relay_routes.change(_edited(caller, draft=draft), name, payload.dict(exclude_unset=True))
    return changed(caller, wanted, draft=draft)


@router.delete("/relay/routes/{name}")
def remove_route(request: HttpRequest, name: str, draft: bool = False) -> dict[str, Any]:
    caller = caller_of(request)
    return changed(caller, relay_routes.remove(_edited(caller, draft=draft), name), draft=draft)


def _edited(caller: Caller, *, draft: bool) -> View:
    require(caller, "stage")
    return drafts.view(caller) if draft else views.live()

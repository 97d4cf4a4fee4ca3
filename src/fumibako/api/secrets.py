"""Secrets: which there are, and setting them. Nothing here gives one out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from fumibako.actions import secrets
from fumibako.actions.trouble import Missing
from fumibako.api.caller import caller_of

router = Router(tags=["secrets"])


class SecretIn(Schema):
    secret: str


@router.get("/secrets")
def names(request: HttpRequest) -> dict[str, Any]:
    """The names of the secrets that are set."""
    return {"secrets": secrets.names(caller_of(request))}


@router.put("/secrets/{path:name}")
def put(request: HttpRequest, name: str, payload: SecretIn) -> dict[str, Any]:
    """Set a secret: `relay/default`, `relay/DOMAIN`, `relay/@DOMAIN`, `dns/ZONE`. Live at once, without a draft."""
    caller = caller_of(request)
    return secrets.put(caller, name, payload.secret).as_json(caller.language)


@router.delete("/secrets/{path:name}")
def forget(request: HttpRequest, name: str) -> dict[str, Any]:
    if not secrets.forget(caller_of(request), name):
        raise Missing
    return {"outcome": "applied", "findings": []}

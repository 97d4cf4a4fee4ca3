"""Status, audit trail, tokens, and the code for the first administrator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import P, QueryEx, Router, Schema, Status

from fumibako.actions import audit, first_code, tokens
from fumibako.actions import status as how
from fumibako.api.caller import caller_of

router = Router(tags=["house"])


class TokenIn(Schema):
    name: str
    role: str | None = None
    scope: str = "read"
    expires: datetime | None = None


@router.get("/status")
def status(request: HttpRequest) -> dict[str, Any]:
    """How everything is, measured now."""
    return how.status(caller_of(request))


@router.get("/audit")
def audit_trail(
    request: HttpRequest, before: int | None = None, limit: QueryEx[int, P(ge=1, le=500)] = 50
) -> dict[str, Any]:
    """Who did what, the newest first; go on with `before=` the answer's `next`."""
    entries, more = audit.entries(caller_of(request), before=before, limit=limit)
    return {"items": [audit.as_json(entry) for entry in entries], "next": more}


@router.get("/tokens")
def token_list(request: HttpRequest) -> dict[str, Any]:
    return {"items": [tokens.as_json(token) for token in tokens.listed(caller_of(request))]}


@router.post("/tokens")
def make_token(request: HttpRequest, payload: TokenIn) -> dict[str, Any]:
    """A new token; `token` is shown this once."""
    token, text = tokens.make(
        caller_of(request), payload.name, role=payload.role, scope=payload.scope, expires=payload.expires
    )
    return tokens.as_json(token) | {"token": text}


@router.delete("/tokens/{int:number}", response={204: None})
def revoke_token(request: HttpRequest, number: int) -> Status[None]:
    tokens.revoke(caller_of(request), number)
    return Status(204, None)


@router.post("/first-code")
def make_first_code(request: HttpRequest) -> dict[str, Any]:
    """A one-time code for the first administrator; for root of the machine alone."""
    return {"code": first_code.make(caller_of(request))}

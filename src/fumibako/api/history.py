"""Revisions: the history, comparison, bringing back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import P, QueryEx, Router, Schema

from fumibako.actions import applies, history
from fumibako.actions.trouble import Refused
from fumibako.api.caller import caller_of

router = Router(tags=["history"])


class Restoration(Schema):
    """`draft`: stage it instead. The rest as for an apply."""

    draft: bool = False
    digest: str | None = None
    confirm_within: int | None = None
    comment: str = ""
    wait: bool = True


@router.get("/revisions")
def revisions(
    request: HttpRequest, before: int | None = None, limit: QueryEx[int, P(ge=1, le=500)] = 50
) -> dict[str, Any]:
    """The newest first; go on with `before=` the answer's `next`."""
    caller = caller_of(request)
    lines, more = history.page(caller, before=before, limit=limit)
    return {"items": [line.as_json(caller.language) for line in lines], "next": more}


@router.get("/revisions/{int:number}")
def revision(request: HttpRequest, number: int) -> dict[str, Any]:
    """A revision with its changes and, under `run`, how applying it went."""
    caller = caller_of(request)
    line, result = history.one(caller, number)
    return line.as_json(caller.language) | {"run": result.as_json(caller.language) if result else None}


@router.get("/revisions/{int:number}/diff")
def diff(request: HttpRequest, number: int, to: int | None = None) -> dict[str, Any]:
    """What changed from this revision to another one; without `to`, to the one that serves."""
    caller = caller_of(request)
    changes = history.compare(caller, number, to)
    return {"from": number, "to": to, "settings": [change.as_json(caller.language) for change in changes]}


@router.post("/revisions/{int:number}/restore")
def restore(request: HttpRequest, number: int, payload: Restoration) -> dict[str, Any]:
    """Bring back what was after this revision, as a new one."""
    caller = caller_of(request)
    if payload.draft:
        staged = history.restored_to_draft(caller, number)
        if not staged.ok:
            raise Refused(findings=staged.findings)
        return {"outcome": "staged", "findings": [each.as_json(caller.language) for each in staged.findings]}
    go = applies.apply if payload.wait else applies.start
    proposal = history.restored(caller, number)
    return go(
        caller, proposal, digest=payload.digest, confirm_within=payload.confirm_within, comment=payload.comment
    ).as_json(caller.language)

"""What would happen to a message."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from fumibako.actions import explain as explaining
from fumibako.api.caller import caller_of
from fumibako.api.changes import Source, proposal_of

router = Router(tags=["explain"])


class Question(Source):
    """`from` and `to` are the envelope's; an empty `from` is the null path. What is not said is a stranger's. With one of
    `file`, `edits`, `draft` and `restore` it is asked of the server as it would be then."""

    sender: str = Field(alias="from")
    recipient: str = Field(alias="to")
    client: str = ""
    helo: str = ""
    auth: str = ""
    service: str = ""


@router.post("/explain")
def explain(request: HttpRequest, payload: Question) -> dict[str, Any]:
    """What the server would do with such a message, the rule that decides, and the route. Changes nothing."""
    caller = caller_of(request)
    asked = explaining.inquiry(
        caller,
        sender=payload.sender,
        recipient=payload.recipient,
        client=payload.client,
        helo=payload.helo,
        login=payload.auth,
        service=payload.service,
    )
    if payload.file is None and payload.edits is None and payload.draft is None and payload.restore is None:
        return explaining.explain(caller, asked).in_(caller.language)
    return explaining.explain_with(caller, asked, proposal_of(caller, payload)).in_(caller.language)

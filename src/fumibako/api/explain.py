"""What would happen to a message."""

from __future__ import annotations

import base64
from typing import Any, Final

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from fumibako.actions import explain as explaining
from fumibako.actions import message_check
from fumibako.actions.trouble import Refused
from fumibako.api.caller import caller_of
from fumibako.api.changes import Source, proposal_of
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

router = Router(tags=["explain"])

_NOT_BASE64: Final = Text("This is not base64.", "Base64 ではありません。")


class Question(Source):
    """`from` and `to` are the envelope's; an empty `from` is the null path. What is not said is a stranger's. With one of
    `file`, `edits`, `draft` and `restore` it is asked of the server as it would be then."""

    sender: str = Field(alias="from")
    recipient: str = Field(alias="to")
    client: str = ""
    helo: str = ""
    auth: str = ""
    service: str = ""


class MessageIn(Schema):
    """`message` is the whole message in base64, at most 10 MBytes. Without `client` SPF is not checked; an empty `from` is
    the null path; `auth` is who has logged in."""

    message: str
    client: str = ""
    helo: str = ""
    sender: str = Field("", alias="from")
    auth: str = ""


@router.post("/check/message")
def check_message(request: HttpRequest, payload: MessageIn) -> dict[str, Any]:
    """Every check of such a message (SPF, DKIM, DomainKeys, DMARC, ARC) with its reason, and what the server would do with it
    as it is set. Delivers nothing, keeps nothing."""
    caller = caller_of(request)
    try:
        octets = base64.b64decode(payload.message, validate=True)
    except ValueError:
        raise Refused(findings=[Finding("message-base64", "message", _NOT_BASE64)]) from None
    found = message_check.check(
        caller, octets, client=payload.client, helo=payload.helo, sender=payload.sender, login=payload.auth
    )
    return found.as_json(caller.language)


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

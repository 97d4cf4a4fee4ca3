"""Who calls an API: settled by the console's middleware; here only whether he may be heard at all."""

from __future__ import annotations

from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware

from fumibako.actions.caller import Caller
from fumibako.actions.trouble import Denied, Unknown


def caller_of(request: HttpRequest) -> Caller:
    caller = request.caller  # type: ignore[attr-defined]  # set by CallerMiddleware
    assert isinstance(caller, Caller)
    return caller


def heard(request: HttpRequest) -> Caller:
    """Authentication of both APIs. A session must also show that it was our own page that asked: the framework exempts
    API views from that, so it is done here."""
    caller = caller_of(request)
    if caller.power == "nobody":
        raise Unknown
    if caller.via == "session":
        refusal = CsrfViewMiddleware(lambda _request: None).process_view(request, _no_view, (), {})  # type: ignore[arg-type]
        if refusal is not None:
            raise Denied(code="csrf")
    return caller


def _no_view(_request: HttpRequest) -> None:
    """A view without an exemption."""

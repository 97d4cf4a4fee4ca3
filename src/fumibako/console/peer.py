"""Who is speaking: decided once for a request, before anything else looks at it.

On the Unix socket the kernel says it (SO_PEERCRED): root is server administrator, the agent's user is the agent,
others are nobody, and no cookie or token counts. On TCP a bearer token or a session says it. The answer is
`request.caller`, a `fumibako.actions.caller.Caller`; what a caller may do is decided in `fumibako.actions.permission`.
"""

from __future__ import annotations

import ipaddress
import pwd
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from fumibako.actions.caller import NOBODY, Caller, agent, by_account, by_operator, root
from fumibako.actions.tokens import bearer
from fumibako.console import holder
from fumibako.layout import NODE_USER
from fumibako.schema.text import preferred_language
from fumibako.store.models import Operator

if TYPE_CHECKING:

    class Request(HttpRequest):
        """A request that has passed the middleware below."""

        caller: Caller
else:
    Request = HttpRequest

PEER = "fumibako.peer"  # set by `fumibako.console.wsgi`


class PeerMiddleware:
    """Before sessions: on the Unix socket, and beside a bearer token, cookies do not count at all."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if PEER in request.META or "Authorization" in request.headers:
            request.META["HTTP_COOKIE"] = ""
            request.__dict__.pop("COOKIES", None)
            # Without cookies a browser cannot be made to speak for somebody, so there is no forgery to stop.
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        return self._answer(request)


class CallerMiddleware:
    """After sessions: sets `request.caller`."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.caller = _caller(request)  # type: ignore[attr-defined]
        return self._answer(request)


def _caller(request: HttpRequest) -> Caller:
    language = preferred_language(get_language())
    peer = request.META.get(PEER)
    if peer is not None:
        if peer == 0:
            return root(language)
        return agent(language) if peer == _agent_user() else NOBODY
    if "Authorization" in request.headers:
        scheme, _, token = request.headers["Authorization"].partition(" ")
        return bearer(token.strip(), language, network_of(request)) if scheme.lower() == "bearer" else NOBODY
    user = request.user
    if isinstance(user, Operator) and user.is_active:
        return by_operator(user, language, network_of(request))
    address = holder.of_session(request)
    return by_account(address, language, network_of(request)) if address else NOBODY


@cache
def _agent_user() -> int | None:
    try:
        return pwd.getpwnam(NODE_USER).pw_uid
    except KeyError:
        return None


def network_of(request: HttpRequest) -> str:
    """The network a request comes from: an IPv4 /24 or an IPv6 /64, what one attacker has many addresses of."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))

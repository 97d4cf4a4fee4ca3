"""Access control (アクセス制御): who may send without logging in."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from fumibako.actions import drafts
from fumibako.console.pages.entry_list import EntryList, Typed
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.peer import Request
from fumibako.document.settings import parse
from fumibako.features.access.check import check_access
from fumibako.features.access.told import meaning, number_of
from fumibako.mail.client_pattern import Named, parse_client
from fumibako.schema.finding import errors
from fumibako.schema.place import looked_up

_EXAMPLES: Final = ("192.168.0.1", "192.168.0.", "192.168.0.21-24", "10.1.0.0/16", "2001:db8::/32", "example.com")


def _told(entry: str) -> dict[str, Any]:
    pattern = parse_client(entry)
    if isinstance(pattern, Named):
        return {"label": pattern.domain.unicode, "meaning": meaning(pattern)}
    alone = pattern.range.number == 1
    return {"meaning": None if alone else meaning(pattern), "number": number_of(pattern.range)}


def _order(entry: str) -> tuple[int, int, int, str]:
    """Addresses by number, the wider first, then names."""
    pattern = parse_client(entry)
    if isinstance(pattern, Named):
        return 9, 0, 0, entry
    return pattern.range.version, pattern.range.low, -pattern.range.high, entry


CLIENTS: Final = EntryList(
    ("access", "permitted_clients"), _told, _order, lambda tree: check_access(parse(tree).access)
)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def access(request: Request) -> HttpResponseBase:
    typed = Typed()
    if request.method == "POST":
        done = CLIENTS.change(request, reverse("access"))
        if not isinstance(done, Typed):
            return done
        typed = done
    tree = drafts.view(request.caller).settings
    context = {
        "clients": CLIENTS.context(request, typed),
        "examples": _EXAMPLES,
        "behind_scanner": bool(looked_up(tree, ("basics", "services", "smtp", "behind_scanner"))),
    }
    return render(request, "pages/access.html", context, status=422 if errors(typed.findings) else 200)


urlpatterns = [path("access/", access, name="access")]

"""The API for administrators' programs: its parts put together."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from fumibako.actions.trouble import Trouble
from fumibako.api import (
    access,
    aliases,
    changes,
    csv_files,
    directory,
    explain,
    history,
    house,
    operators,
    quotas,
    relay,
    secrets,
    signing_keys,
    spam,
)
from fumibako.api.caller import caller_of, heard
from fumibako.api.metrics import exposition
from fumibako.api.problems import NO_SUCH, install, problem

rest = NinjaAPI(
    urls_namespace="rest",
    title="Fumibako",
    version="1",
    auth=heard,
    docs_url=None,
    openapi_url="/openapi.json",
    description="Edits, plans, applies, lists and history of one Fumibako.",
)
install(rest)
rest.add_router("", changes.router)
rest.add_router("", directory.router)
rest.add_router("", csv_files.router)
rest.add_router("", access.router)
rest.add_router("", aliases.router)
rest.add_router("", quotas.router)
rest.add_router("", relay.router)
rest.add_router("", spam.router)
rest.add_router("", explain.router)
rest.add_router("", history.router)
rest.add_router("", house.router)
rest.add_router("", operators.router)
rest.add_router("", secrets.router)
rest.add_router("", signing_keys.router)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, with a bearer token that may look."""
    try:
        return HttpResponse(exposition(caller_of(request)), content_type="text/plain; version=0.0.4; charset=utf-8")
    except Trouble as trouble:
        return problem(request, trouble.status, trouble.code, trouble.message)


def nowhere(request: HttpRequest, **_path: object) -> HttpResponse:
    """What no route of the API answers is told to programs in their own form."""
    return problem(request, 404, "not-found", NO_SUCH)


__all__ = ["heard", "metrics", "nowhere", "rest"]

"""What the agent asks and reports (`fumibako.wire.console` says what the values mean)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Body, NinjaAPI, P, QueryEx, Schema, Status

from fumibako.actions import node_work, removed, system_users, zone_checks
from fumibako.actions import secrets as secret_actions
from fumibako.api.caller import caller_of, heard
from fumibako.api.problems import install

node = NinjaAPI(urls_namespace="node", auth=heard, openapi_url=None, docs_url=None, title="Fumibako, the agent's side")
install(node)


class Steps(Schema):
    """All steps of a run so far."""

    steps: list[dict[str, Any]]


class Mailboxes(Schema):
    """Whose mail is thrown away, as their names below the mailboxes."""

    mailboxes: list[str]


@node.get("/work")
def work(request: HttpRequest, secrets: str = "") -> dict[str, Any]:
    return node_work.work(caller_of(request), secrets)


@node.get("/secrets")
def all_secrets(request: HttpRequest) -> dict[str, Any]:
    return secret_actions.for_agent(caller_of(request))


@node.post("/runs/{int:number}/progress", response={204: None})
def progress(request: HttpRequest, number: int, payload: Steps) -> Status[None]:
    node_work.progress(caller_of(request), number, payload.steps)
    return Status(204, None)


@node.post("/runs/{int:number}/outcome", response={204: None})
def outcome(request: HttpRequest, number: int, said: Body[dict[str, Any]]) -> Status[None]:
    node_work.outcome(caller_of(request), number, said)
    return Status(204, None)


@node.post("/usage")
def usage(request: HttpRequest, said: Body[dict[str, Any]]) -> dict[str, Any]:
    return node_work.usage(caller_of(request), said)


@node.post("/system-users", response={204: None})
def system_users_heard(request: HttpRequest, said: Body[dict[str, Any]]) -> Status[None]:
    system_users.heard(caller_of(request), said)
    return Status(204, None)


@node.get("/zones")
def zones_due(request: HttpRequest) -> dict[str, Any]:
    return zone_checks.due(caller_of(request))


@node.post("/zones", response={204: None})
def zone_found(request: HttpRequest, said: Body[dict[str, Any]]) -> Status[None]:
    zone_checks.hear(caller_of(request), said)
    return Status(204, None)


@node.get("/discarded")
def mailboxes_due(request: HttpRequest) -> dict[str, Any]:
    return {"mailboxes": removed.due(caller_of(request))}


@node.post("/discarded", response={204: None})
def mailboxes_gone(request: HttpRequest, payload: Mailboxes) -> Status[None]:
    removed.gone(caller_of(request), payload.mailboxes)
    return Status(204, None)


@node.get("/directory")
def directory(
    request: HttpRequest, table: str, after: str | None = None, limit: QueryEx[int, P(ge=1, le=20000)] = 5000
) -> dict[str, Any]:
    return node_work.directory_page(caller_of(request), table, after, limit)

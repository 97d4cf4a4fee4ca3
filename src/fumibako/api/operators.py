"""Operators: who administers what. Changes count at once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from fumibako.actions import operator_list
from fumibako.api.caller import caller_of

router = Router(tags=["operators"])


class OperatorIn(Schema):
    """`role`: `server_admin` or `domain_admin`, the latter with `domains`. Without a `password` the answer has a one-time
    `code`, a week good, by which the operator chooses one."""

    name: str
    role: str = "domain_admin"
    domains: list[str] | None = None
    password: str | None = None


class OperatorPatch(Schema):
    """What is not named stays. An operator who is not `active` cannot log in."""

    role: str | None = None
    domains: list[str] | None = None
    active: bool | None = None


@router.get("/operators")
def operators(request: HttpRequest) -> dict[str, Any]:
    return {"items": [line.as_json() for line in operator_list.listed(caller_of(request))]}


@router.post("/operators")
def add_operator(request: HttpRequest, payload: OperatorIn) -> dict[str, Any]:
    line, code = operator_list.add(
        caller_of(request), payload.name, role=payload.role, domains=payload.domains or (), password=payload.password
    )
    return line.as_json() | ({"code": code} if code else {})


@router.get("/operators/{name}")
def operator(request: HttpRequest, name: str) -> dict[str, Any]:
    return operator_list.one(caller_of(request), name).as_json()


@router.patch("/operators/{name}")
def change_operator(request: HttpRequest, name: str, payload: OperatorPatch) -> dict[str, Any]:
    return operator_list.change(caller_of(request), name, **payload.dict(exclude_unset=True)).as_json()


@router.delete("/operators/{name}", response={204: None})
def remove_operator(request: HttpRequest, name: str) -> Status[None]:
    operator_list.remove(caller_of(request), name)
    return Status(204, None)


@router.post("/operators/{name}/code")
def invite(request: HttpRequest, name: str) -> dict[str, Any]:
    """A one-time code for a new password, shown this once; earlier ones are good for nothing any more."""
    return {"code": operator_list.invite(caller_of(request), name)}

"""Domains and accounts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import P, QueryEx, Router, Schema

from fumibako.actions import app_passwords, directory, directory_edits, drafts, passwords, removed
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.actions.trouble import Refused
from fumibako.api.caller import caller_of
from fumibako.api.changes import changed
from fumibako.schema.finding import errors

router = Router(tags=["directory"])


class DomainIn(Schema):
    name: str


class AccountIn(Schema):
    """A `password` in clear text is hashed; `password_hash` is taken as it is, with its scheme in front."""

    address: str
    name: Any = ""
    language: Any = None
    password: str | None = None
    password_hash: Any = None
    quota_mb: Any = None
    enabled: Any = True
    may_send: Any = True
    may_receive: Any = True
    forward: Any = ()
    keep_copy: Any = True
    vacation: Any = None


class AccountPatch(Schema):
    name: Any = None
    language: Any = None
    password: str | None = None
    quota_mb: Any = None
    enabled: Any = None
    may_send: Any = None
    may_receive: Any = None
    forward: Any = None
    keep_copy: Any = None
    vacation: Any = None


class NewAddress(Schema):
    address: str


class PasswordIn(Schema):
    password: str


@router.get("/domains")
def domains(
    request: HttpRequest,
    search: str = "",
    after: str = "",
    before: str = "",
    limit: QueryEx[int, P(ge=1, le=1000)] = 100,
    draft: bool = False,
) -> dict[str, Any]:
    """The domains in the order of their names; go on with `after=` the answer's `next`."""
    page = directory.domains(caller_of(request), search=search, after=after, before=before, limit=limit, draft=draft)
    return paged(page, "domains")


@router.post("/domains")
def add_domain(request: HttpRequest, payload: DomainIn, draft: bool = False) -> dict[str, Any]:
    return changed(caller_of(request), directory_edits.add_domain(payload.name), draft=draft)


@router.get("/domains/{name}")
def domain(request: HttpRequest, name: str, draft: bool = False) -> dict[str, Any]:
    return directory.one(caller_of(request), "domains", name, draft=draft).as_json("domains")


@router.delete("/domains/{name}")
def remove_domain(request: HttpRequest, name: str, with_accounts: bool = False, draft: bool = False) -> dict[str, Any]:
    """Remove a domain; with `with_accounts=true` its accounts as well, without it only one that has none."""
    caller = caller_of(request)
    require(caller, "stage_rows")
    seen = _seen(caller, draft=draft)
    return changed(caller, directory_edits.remove_domain(seen, name, with_accounts=with_accounts), draft=draft)


@router.get("/accounts")
def accounts(
    request: HttpRequest,
    search: str = "",
    domain: str | None = None,
    after: str = "",
    before: str = "",
    limit: QueryEx[int, P(ge=1, le=1000)] = 100,
    draft: bool = False,
) -> dict[str, Any]:
    """The accounts in the order of their addresses; go on with `after=` the answer's `next`."""
    page = directory.accounts(
        caller_of(request), search=search, domain=domain, after=after, before=before, limit=limit, draft=draft
    )
    return paged(page, "accounts")


@router.post("/accounts")
def add_account(request: HttpRequest, payload: AccountIn, draft: bool = False) -> dict[str, Any]:
    caller = caller_of(request)
    require(caller, "stage_rows")
    fields = payload.model_dump(exclude={"address", "password"})
    if payload.password_hash is None:
        del fields["password_hash"]
    wanted, findings = directory_edits.add_account(payload.address, fields, password=payload.password)
    if errors(findings):
        raise Refused(findings=findings)
    return changed(caller, wanted, draft=draft, findings=findings)


@router.get("/removed_accounts")
def removed_accounts(
    request: HttpRequest, after: int = 0, limit: QueryEx[int, P(ge=1, le=1000)] = 100
) -> dict[str, Any]:
    """Accounts that were removed and can be brought back, the latest first."""
    found = removed.listed(caller_of(request), after=after, limit=limit)
    return {"items": [each.as_json() for each in found], "next": found[-1].number if len(found) == limit else None}


@router.post("/removed_accounts/{address}/restore")
def restore_account(request: HttpRequest, address: str, draft: bool = False) -> dict[str, Any]:
    """Bring the account back as it was, with its mail."""
    caller = caller_of(request)
    require(caller, "stage_rows")
    return changed(caller, directory_edits.restore_account(caller, _seen(caller, draft=draft), address), draft=draft)


@router.post("/accounts/{address}/rename")
def rename_account(request: HttpRequest, address: str, payload: NewAddress, draft: bool = False) -> dict[str, Any]:
    """Give the account another address; its mail, password and limit go along."""
    caller = caller_of(request)
    require(caller, "stage_rows")
    wanted = directory_edits.rename_account(_seen(caller, draft=draft), address, payload.address)
    return changed(caller, wanted, draft=draft)


@router.get("/accounts/{address}")
def account(request: HttpRequest, address: str, draft: bool = False) -> dict[str, Any]:
    return directory.one(caller_of(request), "accounts", address, draft=draft).as_json("accounts")


@router.patch("/accounts/{address}")
def change_account(request: HttpRequest, address: str, payload: AccountPatch, draft: bool = False) -> dict[str, Any]:
    """Fields that are not named stay."""
    caller = caller_of(request)
    require(caller, "stage_rows")
    fields = payload.dict(exclude_unset=True)
    password = fields.pop("password", None)
    secret, findings = directory_edits.new_password(address, password) if password is not None else ({}, [])
    if errors(findings):
        raise Refused(findings=findings)
    wanted = directory_edits.change_account(address, fields | secret)
    return changed(caller, wanted, draft=draft, findings=findings)


@router.delete("/accounts/{address}")
def remove_account(request: HttpRequest, address: str, draft: bool = False) -> dict[str, Any]:
    return changed(caller_of(request), directory_edits.remove_account(address), draft=draft)


@router.put("/accounts/{address}/password")
def set_password(request: HttpRequest, address: str, payload: PasswordIn) -> dict[str, Any]:
    """Live at once, as a revision of its own."""
    caller = caller_of(request)
    return passwords.set_password(caller, address, payload.password).as_json(caller.language)


@router.get("/accounts/{address}/app_passwords")
def app_passwords_of(request: HttpRequest, address: str) -> dict[str, Any]:
    """Names and times; what they are, nobody can tell. Only the account holder makes one."""
    _, found = app_passwords.listed(caller_of(request), address)
    return {"items": [{"name": each.name, "made": each.made.isoformat()} for each in found]}


@router.delete("/accounts/{address}/app_passwords")
def revoke_app_password(request: HttpRequest, address: str, name: str = "") -> dict[str, Any]:
    """Live at once, as a revision of its own."""
    caller = caller_of(request)
    require(caller, "apply_rows")
    return app_passwords.revoke(caller, address, name).as_json(caller.language)


def _seen(caller: Caller, *, draft: bool) -> views.View:
    """What an edit is laid upon: what the caller has staged where it is staged too, else what serves. An edit that is
    applied at once must not be made of rows that the draft shows otherwise."""
    return drafts.view(caller) if draft else views.live_for(caller)


def paged(page: directory.Page, table: str) -> dict[str, Any]:
    return {
        "items": [line.as_json(table) for line in page.lines],
        "next": page.after,
        "previous": page.before,
        "found": page.found,
        "more": page.more,
        "total": page.total,
    }

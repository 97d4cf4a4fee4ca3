"""API tokens: a name, a role, a scope and an end. The token itself is shown once and kept as its digest."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from fumibako.actions.audit import record
from fumibako.actions.caller import NOBODY, Caller, by_token
from fumibako.actions.permission import require
from fumibako.actions.trouble import Missing, Refused
from fumibako.schema.finding import Finding
from fumibako.schema.text import Language, Text
from fumibako.store.models import ApiToken, Role

PREFIX: Final = "fumibako_"  # so that scanners of repositories know one when they see it
_SEEN_EVERY: Final = timedelta(minutes=1)

_NAME = Text("Give the token a name of at most 64 characters.", "トークンに 64 文字以内の名前を付けてください。")
_SCOPE = Text("The scope is read or write.", "スコープは read か write です。")
_ROLE = Text("The role is your own: {role}.", "ロールはご自身のロール {role} です。")
_PAST = Text("The token would have ended already.", "有効期限が過去になっています。")


def make(
    caller: Caller, name: str, *, role: str | None = None, scope: str = "read", expires: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token and its text, which nobody can see again. Raises `Refused`."""
    require(caller, "manage_tokens")
    findings = []
    if not 1 <= len(name.strip()) <= 64:
        findings.append(Finding("token-name", "name", _NAME))
    if scope not in {"read", "write"}:
        findings.append(Finding("token-scope", "scope", _SCOPE))
    role = role or caller.power
    if role != caller.power or role not in Role.values:
        findings.append(Finding("token-role", "role", _ROLE.with_(role=caller.power)))
    if expires is not None and timezone.is_naive(expires):
        expires = timezone.make_aware(expires)
    if expires is not None and expires <= timezone.now():
        findings.append(Finding("token-expired", "expires", _PAST))
    if findings:
        raise Refused(findings=findings)
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            digest=_digest(text),
            name=name.strip(),
            operator_id=caller.operator_id,
            role=role,
            scope=scope,
            expires=expires,
        )
        record(caller, "token.make", f"tokens/{token.pk}", name=token.name, scope=scope)
    return token, text


def listed(caller: Caller) -> list[ApiToken]:
    require(caller, "manage_tokens")
    return list(_his(caller).select_related("operator").order_by("id"))


def revoke(caller: Caller, number: int) -> None:
    require(caller, "manage_tokens")
    with transaction.atomic():
        if not _his(caller).filter(id=number).delete()[0]:
            raise Missing
        record(caller, "token.revoke", f"tokens/{number}")


def bearer(text: str, language: Language, network: str) -> Caller:
    """Who presents this token; nobody, where it is not good."""
    token = ApiToken.objects.select_related("operator").filter(digest=_digest(text)).first()
    now = timezone.now()
    if token is None or (token.expires is not None and token.expires <= now):
        return NOBODY
    if token.operator is not None and not token.operator.is_active:
        return NOBODY
    if token.last_used is None or now - token.last_used > _SEEN_EVERY:
        ApiToken.objects.filter(id=token.pk).update(last_used=now)
    return by_token(token, language, network)


def as_json(token: ApiToken) -> dict[str, Any]:
    times = {
        name: value.isoformat() if (value := getattr(token, name)) else None
        for name in ("created", "expires", "last_used")
    }
    maker = token.operator.username if token.operator else "root"
    return {"id": token.pk, "name": token.name, "role": token.role, "scope": token.scope, "operator": maker, **times}


def _his(caller: Caller) -> QuerySet[ApiToken]:
    """A server administrator's are all of them."""
    found = ApiToken.objects.all()
    return found if caller.domains is None else found.filter(operator_id=caller.operator_id or 0)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

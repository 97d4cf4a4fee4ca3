"""The operators (運営者): who administers what. Changes count at once; they are no revision and in the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import is_password_usable, make_password
from django.db import transaction

from fumibako.actions import drafts, invitations, keys, operators
from fumibako.actions import view as views
from fumibako.actions.administrator_checks import administrator_of
from fumibako.actions.audit import record
from fumibako.actions.caller import Caller, by_operator
from fumibako.actions.permission import require
from fumibako.actions.trouble import Missing, Refused
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text
from fumibako.store.models import Operator, OperatorDomain, Role

ROLES = (Role.SERVER_ADMIN, Role.DOMAIN_ADMIN)

_ROLE = Text("The role is server_admin or domain_admin.", "ロールは server_admin か domain_admin です。")
_NO_DOMAIN = Text("There is no domain {domain} here.", "ドメイン {domain} はありません。")
_NONE_CHOSEN = Text("Write at least one domain.", "ドメインを 1 つ以上書いてください。")
_LAST = Text(
    "This is the last server administrator who can log in. Make another one first.",
    "ログインできるサーバー管理者がほかにいません。先に別のサーバー管理者を作ってください。",
)
_ADMINISTRATORS = Text(
    "The administrator's address is in {domain}: who administers it could take the mail to every domain's postmaster. Set "
    "another administrator in the basic settings first.",
    "基本設定の管理者のアドレスが {domain} にあるため、任せると全ドメインの postmaster 宛てのメールを読まれるおそれがあります。"
    "先に管理者を変更してください。",
)
_YOURSELF = Text("You cannot do this to yourself.", "自分自身に対しては行えません。")


@dataclass(frozen=True, slots=True)
class Line:
    """`domains` are those that were given to a domain administrator. `invited` until when the one-time code is good, of
    who has one; `has_password` whether he has ever chosen a password."""

    name: str
    role: str
    domains: tuple[str, ...]
    active: bool
    has_password: bool
    invited: datetime | None
    created: datetime
    last_login: datetime | None

    def as_json(self) -> dict[str, Any]:
        times = {
            name: value.isoformat() if (value := getattr(self, name)) else None
            for name in ("invited", "created", "last_login")
        }
        names = ("name", "role", "active", "has_password")
        return {name: getattr(self, name) for name in names} | {"domains": list(self.domains)} | times


def listed(caller: Caller) -> list[Line]:
    """All of them by name."""
    require(caller, "manage_operators")
    found = Operator.objects.prefetch_related("domains").select_related("invitation").order_by("username")
    return [_line(each) for each in found]


def one(caller: Caller, name: str) -> Line:
    """Raises `Missing`."""
    require(caller, "manage_operators")
    return _line(_operator(name))


def add(
    caller: Caller, name: str, *, role: str, domains: Sequence[str] = (), password: str | None = None
) -> tuple[Line, str | None]:
    """A new operator with a password, or, without one, with the one-time code that is returned. Raises `Refused` with
    findings at `name`, `role`, `domains`, `password`."""
    require(caller, "manage_operators")
    name, findings = operators.checked_name(name)
    spelled, wrong = _spelled(role, domains)
    findings += wrong
    if password is not None:
        findings += operators.checked_password(password, name)
    if findings:
        raise Refused(findings=findings)
    with transaction.atomic():
        made = Operator.objects.create(username=name, password=make_password(password), role=role)
        _give(made, spelled)
        record(caller, "operator.add", f"operators/{name}", role=role, domains=spelled)
        code = invitations.make(made) if password is None else None
    return _line(made), code


def change(
    caller: Caller,
    name: str,
    *,
    role: str | None = None,
    domains: Sequence[str] | None = None,
    active: bool | None = None,
) -> Line:
    """What is named becomes so. What the operator has staged beyond his new domains leaves his draft. Raises `Missing`
    and `Refused`."""
    require(caller, "manage_operators")
    with transaction.atomic():
        found = _operator(name)
        wanted = role or str(found.role)
        if domains is None:
            domains = [each.name for each in found.domains.all()] if wanted == Role.DOMAIN_ADMIN else []
            spelled, wrong = list(domains), [] if wanted in ROLES else [Finding("operator-role", "role", _ROLE)]
        else:
            spelled, wrong = _spelled(wanted, domains)
        if found.pk == caller.operator_id and (active is False or wanted != found.role):
            wrong.append(Finding("operator-yourself", "active" if active is False else "role", _YOURSELF))
        elif (active is False or wanted != Role.SERVER_ADMIN) and _is_last(found):
            wrong.append(Finding("last-administrator", "role", _LAST))
        if wrong:
            raise Refused(findings=wrong)
        found.role = wanted
        found.is_active = found.is_active if active is None else active
        found.save(update_fields=["role", "is_active"])
        found.domains.all().delete()
        _give(found, spelled)
        drafts.forget_beyond(by_operator(found, "en"))
        record(caller, "operator.change", f"operators/{found}", role=wanted, domains=spelled, active=found.is_active)
    return _line(_operator(name))


def remove(caller: Caller, name: str) -> None:
    """The operator, his tokens and what he has staged; what he did stays in the history. Raises `Missing`, `Refused`."""
    require(caller, "manage_operators")
    with transaction.atomic():
        found = _operator(name)
        if found.pk == caller.operator_id:
            raise Refused(findings=[Finding("operator-yourself", "name", _YOURSELF)])
        if _is_last(found):
            raise Refused(findings=[Finding("last-administrator", "name", _LAST)])
        drafts.forget(by_operator(found, "en").owner)
        record(caller, "operator.remove", f"operators/{found}")
        found.delete()


def invite(caller: Caller, name: str) -> str:
    """A new one-time code by which the operator chooses a password; earlier ones are good for nothing any more."""
    require(caller, "manage_operators")
    with transaction.atomic():
        found = _operator(name)
        record(caller, "operator.invite", f"operators/{found}")
        return invitations.make(found)


def given_to(domain: str) -> list[str]:
    """Whom a domain was given to, whether there is such a domain or not."""
    found = OperatorDomain.objects.filter(name=domain, operator__role=Role.DOMAIN_ADMIN)
    return list(found.order_by("operator__username").values_list("operator__username", flat=True))


def _operator(name: str) -> Operator:
    found = Operator.objects.select_related("invitation").filter(username=name).first()
    if found is None:
        raise Missing
    return found


def _is_last(operator: Operator) -> bool:
    others = Operator.objects.filter(role=Role.SERVER_ADMIN, is_active=True).exclude(pk=operator.pk)
    return operator.role == Role.SERVER_ADMIN and not any(is_password_usable(each.password) for each in others)


def _spelled(role: str, domains: Sequence[str]) -> tuple[list[str], list[Finding]]:
    if role not in ROLES:
        return [], [Finding("operator-role", "role", _ROLE)]
    if role == Role.SERVER_ADMIN:
        return [], []
    spelled: dict[str, None] = {}
    findings: list[Finding] = []
    for written in filter(None, (each.strip() for each in domains)):
        key, wrong = keys.canonical("domains", written)
        findings += [Finding(each.code, "domains", each.message, suggestion=each.suggestion) for each in wrong]
        if key is not None:
            spelled[key] = None
    there = views.live().rows("domains", list(spelled))
    findings += [
        Finding("no-such-domain", "domains", _NO_DOMAIN.with_(domain=each)) for each in spelled if each not in there
    ]
    administrator = administrator_of(views.live()) or ""
    if (domain := administrator.rpartition("@")[2]) in spelled:
        findings.append(Finding("administrator-delegated", "domains", _ADMINISTRATORS.with_(domain=domain)))
    if not spelled and not findings:
        findings.append(Finding("no-domains", "domains", _NONE_CHOSEN))
    return list(spelled), findings


def _give(operator: Operator, domains: Sequence[str]) -> None:
    OperatorDomain.objects.bulk_create([OperatorDomain(operator=operator, name=each) for each in domains])


def _line(operator: Operator) -> Line:
    invitation = getattr(operator, "invitation", None)
    return Line(
        operator.username,
        str(operator.role),
        tuple(sorted(each.name for each in operator.domains.all())),
        operator.is_active,
        is_password_usable(operator.password),
        invitation.expires if invitation is not None else None,
        operator.created,
        operator.last_login,
    )

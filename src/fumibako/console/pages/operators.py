"""Operators (運営者): who may administer what. Changes count at once and are not staged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from fumibako.actions import operator_list
from fumibako.actions.operator_list import Line
from fumibako.actions.operators import PASSWORD_LEAST
from fumibako.actions.trouble import Refused
from fumibako.console.pages.account_form import Wrong
from fumibako.console.pages.fields import Choice, Field
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.told import complain
from fumibako.console.peer import Request
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

ROLES: Final = {
    "server_admin": Text("Server administrator", "サーバー管理者"),
    "domain_admin": Text("Domain administrator", "ドメイン管理者"),
}
_LABELS: Final = {
    "name": Text("Name", "運営者名"),
    "role": Text("Role", "役割"),
    "domains": Text("Domains", "ドメイン"),
    "password": Text("Password", "パスワード"),
    "active": Text("May log in", "ログインを許可"),
}
_DOMAINS_HELP = Text(
    "One a line. A domain administrator sees and changes the accounts, aliases, quotas, keys and DNS of these domains, and nothing else.",
    "1 行に 1 つ。ドメイン管理者は、このドメインのアカウント・エイリアス・容量制限・鍵と DNS だけを表示・変更できます。",
)
_PASSWORD_HELP = Text(
    "At least {number} characters. Empty: a one-time code is made, by which the operator chooses one.",
    "{number} 文字以上。空欄なら、本人がパスワードを決めるためのワンタイムコードを作ります。",
).with_(number=PASSWORD_LEAST)
_ADDED = Text("{name} can log in now.", "{name} を追加しました。すぐにログインできます。")
_CHANGED = Text("{name} is changed.", "{name} を変更しました。")
_REMOVED = Text("{name} is deleted.", "{name} を削除しました。")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def operators(request: Request) -> HttpResponseBase:
    posted: Mapping[str, str] = {"role": "domain_admin"}
    found: Sequence[Finding] = ()
    if request.method == "POST":
        posted = {name: str(value) for name, value in request.POST.items()}
        try:
            line, code = operator_list.add(
                request.caller,
                posted.get("name", "").strip(),
                role=posted.get("role", ""),
                domains=posted.get("domains", "").split(),
                password=posted.get("password") or None,
            )
        except Refused as refused:
            found = refused.findings
        else:
            if code is not None:
                return _code(request, line.name, code)
            messages.success(request, _ADDED.with_(name=line.name).in_(request.caller.language))
            return redirect("operators")
    context = {
        "rows": [_shown(request, line) for line in operator_list.listed(request.caller)],
        "operator_url": reverse("operators"),
        "options": [
            Field("name", _LABELS["name"], "text", posted.get("name", ""), findings=_at(found, "name"), required=True),
            *_rights(posted.get("role", ""), posted.get("domains", ""), found),
            Field(
                "password",
                _LABELS["password"],
                "secret",
                help=_PASSWORD_HELP,
                findings=_at(found, "password"),
                autocomplete="new-password",
            ),
        ],
        "errors": _summary(found),
    }
    return render(request, "pages/operators.html", context, status=422 if found else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def operator(request: Request, name: str) -> HttpResponseBase:
    line = operator_list.one(request.caller, name)
    role, domains, active = line.role, "\n".join(line.domains), line.active
    found: Sequence[Finding] = ()
    if request.method == "POST":
        role, domains = request.POST.get("role", ""), request.POST.get("domains", "")
        active = bool(request.POST.get("active"))
        try:
            operator_list.change(request.caller, name, role=role, domains=domains.split(), active=active)
        except Refused as refused:
            found = refused.findings
        else:
            messages.success(request, _CHANGED.with_(name=name).in_(request.caller.language))
            return redirect("operators")
    context = {
        "operator": _shown(request, line),
        "options": [
            *_rights(role, domains, found),
            Field("active", _LABELS["active"], "switch", checked=active, findings=_at(found, "active")),
        ],
        "errors": _summary(found),
        "list_url": reverse("operators"),
        "code_url": reverse("operator_code", args=[line.name]),
        "remove_url": reverse("operator_remove", args=[line.name]),
    }
    return render(request, "pages/operator.html", context, status=422 if found else 200)


@require_POST
@behind_log_in
def operator_code(request: Request, name: str) -> HttpResponseBase:
    return _code(request, name, operator_list.invite(request.caller, name))


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def operator_remove(request: Request, name: str) -> HttpResponseBase:
    """Asked once more: it cannot be undone."""
    operator_list.one(request.caller, name)
    if request.method == "POST":
        try:
            operator_list.remove(request.caller, name)
        except Refused as refused:
            complain(request, refused.findings)
            return redirect("operator", name)
        messages.success(request, _REMOVED.with_(name=name).in_(request.caller.language))
        return redirect("operators")
    context = {
        "question": Text("Delete the operator {name}?", "運営者 {name} を削除しますか？").with_(name=name),
        "consequences": [
            Text(
                "Sessions and API tokens end at once.",
                "ログイン中のセッションと API トークンはすぐに使えなくなります。",
            ),
            Text("What was staged is thrown away; the history stays.", "未適用の変更は破棄されます。履歴は残ります。"),
        ],
        "button": Text("Delete", "削除"),
        "cancel_url": reverse("operator", args=[name]),
        "action": request.get_full_path(),
    }
    return render(request, "pages/confirm.html", context)


def _code(request: Request, name: str, code: str) -> HttpResponseBase:
    """The code, shown this once."""
    context = {
        "name": name,
        "code": code,
        "address": f"{django_settings.FACTS.console_url.rstrip('/')}{reverse('invitation')}",
        "list_url": reverse("operators"),
    }
    answer = render(request, "pages/operator_code.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _rights(role: str, domains: str, found: Sequence[Finding]) -> list[Field]:
    choices = tuple(Choice(each, label, each == role) for each, label in ROLES.items())
    return [
        Field("role", _LABELS["role"], "select", choices=choices, findings=_at(found, "role")),
        Field("domains", _LABELS["domains"], "lines", domains, help=_DOMAINS_HELP, findings=_at(found, "domains")),
    ]


def _shown(request: Request, line: Line) -> dict[str, object]:
    return {"line": line, "role": ROLES.get(line.role, line.role), "yourself": line.name == request.caller.who}


def _at(found: Sequence[Finding], field: str) -> tuple[Finding, ...]:
    return tuple(finding for finding in found if finding.path == field)


def _summary(found: Sequence[Finding]) -> list[Wrong]:
    return [Wrong(each.message, f"f-{each.path}" if each.path else "", _LABELS.get(each.path)) for each in found]


urlpatterns = [
    path("operators/", operators, name="operators"),
    path("operators/<str:name>/", operator, name="operator"),
    path("operators/<str:name>/code/", operator_code, name="operator_code"),
    path("operators/<str:name>/remove/", operator_remove, name="operator_remove"),
]

"""An account holder's page (自分のメール): usage, password, forwarding, automatic reply, app passwords. Each form is live at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from allauth.account import views as account
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from fumibako.actions import app_passwords, own_account
from fumibako.actions.result import Result
from fumibako.actions.trouble import Missing
from fumibako.console import holder
from fumibako.console.pages import account_reply
from fumibako.console.pages.account_form import Wrong
from fumibako.console.pages.fields import Field, declared_field, typed_text
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.preferences import speaking
from fumibako.console.pages.told import NOTHING, note, tell
from fumibako.console.peer import Request, network_of
from fumibako.features.directory.rows import TABLES
from fumibako.schema.finding import Finding, errors
from fumibako.schema.option import DeclaredOption, declared
from fumibako.schema.place import Json
from fumibako.schema.text import Text, preferred_language
from fumibako.store.models import Operator

_ROW: Final[dict[str, DeclaredOption]] = {option.name: option for option in declared(TABLES["accounts"])}

_SAVED = Text("Saved. It counts from now on.", "保存しました。すぐに有効になりました。")
_CHANGED = Text(
    "The password is changed. Give the new one to your mail programs, too.",
    "パスワードを変更しました。メールソフトの設定も新しいパスワードに変えてください。",
)
_FAILED = Text(
    "It could not be changed just now. Try again in a moment.",
    "いまは変更できません。少し待ってからもう一度お試しください。",
)
_REVOKED = Text("Removed. Nobody logs in with it any more.", "削除しました。このパスワードではもうログインできません。")
_APP_NAME = Text("Name", "名前")
_APP_HELP = Text("The device or program it is for.", "使う端末やアプリの名前。")
_OLD_LABEL = Text("Present password", "現在のパスワード")
_NEW_LABEL = Text("New password", "新しいパスワード")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponseBase:
    """The log-in of operators and, by their address, of account holders; an operator's name goes first."""
    name = request.POST.get("login", "").strip()
    if request.method != "POST" or "@" not in name or Operator.objects.filter(username__iexact=name[:64]).exists():
        return account.login(request)  # type: ignore[no-any-return]
    address, findings = own_account.entered(name, request.POST.get("password", ""), network_of(request))
    if address is not None:
        holder.begin(request, address)
        return speaking(redirect("own"), own_account.language(address))
    language = preferred_language(get_language())
    request.method = "GET"
    shown = account.login(request)
    shown.context_data["form"].initial["login"] = name
    shown.context_data["wrong"] = [each.message.in_(language) for each in findings]
    return shown  # type: ignore[no-any-return]  # allauth has no types; it is rendered when it has left here


@require_http_methods(["GET", "HEAD", "POST"])
def log_out(request: Request) -> HttpResponseBase:
    if request.caller.account is None:
        return account.logout(request)  # type: ignore[no-any-return]
    if request.method == "POST":
        request.session.flush()
        return redirect("account_login")
    return redirect("own")


@sensitive_post_parameters("old", "password")
@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def own(request: Request) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request)
    match request.POST.get("form", ""):
        case "password":
            result = own_account.change_password(
                request.caller, request.POST.get("old", ""), request.POST.get("password", "")
            )
            if result.outcome == "applied":
                assert request.caller.account is not None
                holder.renew(request, request.caller.account)
            return _ended(request, result, _CHANGED)
        case "forward":
            fields = {"forward": request.POST.get("forward", ""), "keep_copy": bool(request.POST.get("keep_copy"))}
            return _ended(request, own_account.change(request.caller, fields), _SAVED)
        case "language":
            chosen = request.POST.get("language", "")
            changed = own_account.change(request.caller, {"language": chosen or None})
            answer = _ended(request, changed, _SAVED)
            return speaking(answer, chosen if changed.outcome == "applied" else "")
        case "vacation":
            reply = account_reply.reply_of({name: str(value) for name, value in request.POST.items()})
            return _ended(request, own_account.change(request.caller, {account_reply.FIELD: reply}), _SAVED)
        case "app-password":
            return _made(request)
        case "app-password-revoke":
            try:
                revoked = own_account.revoke_app_password(request.caller, request.POST.get("app", ""))
            except Missing:
                return redirect("own")  # it is revoked already
            return _ended(request, revoked, _REVOKED)
    return redirect("own")


def _made(request: Request) -> HttpResponse:
    """The new app password, on the page that answers and nowhere else."""
    secret, result = own_account.make_app_password(request.caller, request.POST.get("name", ""))
    if not secret:
        return _page(request, errors(result.findings) or [Finding("not-changed", "", _FAILED)])
    answer = _page(request, made=secret)
    answer["Cache-Control"] = "no-store"
    return answer


def _ended(request: Request, result: Result, text: Text) -> HttpResponse:
    if result.outcome in {"applied", "unchanged"}:
        if result.outcome == "unchanged":
            note(request, NOTHING)
        else:
            tell(request, text, [each for each in result.findings if each.severity == "warning"])
        return redirect("own")
    return _page(request, errors(result.findings) or [Finding("not-changed", "", _FAILED)])


def _page(request: Request, findings: Sequence[Finding] = (), made: str = "") -> HttpResponse:
    seen = own_account.look(request.caller)
    form = request.POST.get("form", "") if findings else ""
    context = {
        "own": seen,
        "limit": seen.row["quota_mb"],
        "password": [
            _secret("old", _OLD_LABEL, "current-password", findings),
            _secret("password", _NEW_LABEL, "new-password", findings),
        ],
        "made": made,
        "apps": app_passwords.of_row(dict(seen.row)),
        "app": Field(
            "name",
            _APP_NAME,
            "text",
            value=request.POST.get("name", "") if form == "app-password" else "",
            help=_APP_HELP,
            findings=tuple(_of("name", findings)),
            required=True,
        ),
        "forward": _fields(("forward", "keep_copy"), seen.row, _typed(request, form == "forward"), findings),
        "language": _fields(("language",), seen.row, _typed(request, form == "language"), findings),
        "vacation": account_reply.reply_fields(
            seen.row["vacation"], seen.aliases, _typed(request, form == "vacation"), findings
        ),
        "errors": [Wrong(each.message, f"f-{name}" if (name := _field_of(each)) else "", None) for each in findings],
    }
    return render(request, "pages/own.html", context, status=422 if findings else 200)


def _fields(
    names: Sequence[str],
    values: Mapping[str, Json],
    typed: Mapping[str, str] | None,
    findings: Sequence[Finding],
) -> list[Field]:
    def text(name: str) -> str:
        return typed_text(_ROW[name], values[name]) if typed is None else typed.get(name, "")

    return [declared_field(_ROW[name], name, text(name), _of(name, findings)) for name in names]


def _secret(name: str, label: Text, autocomplete: str, findings: Sequence[Finding]) -> Field:
    return Field(name, label, "secret", findings=tuple(_of(name, findings)), autocomplete=autocomplete, required=True)


def _of(name: str, findings: Sequence[Finding]) -> list[Finding]:
    return [each for each in findings if _field_of(each) == name]


def _field_of(finding: Finding) -> str:
    """The field that a finding is about; empty where none is."""
    name = finding.path.rpartition("/")[2]
    return name if name in {"old", "password", "name", "forward", "keep_copy", "language", *account_reply.NAMES} else ""


def _typed(request: Request, this_form: bool) -> dict[str, str] | None:
    return {name: str(value) for name, value in request.POST.items()} if this_form else None


urlpatterns = [path("own/", own, name="own")]

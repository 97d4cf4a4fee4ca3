"""Accounts (アカウント): the list, and one of them. Passwords count at once, everything else is staged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from fumibako.actions import app_passwords, directory, directory_edits, drafts, passwords, removed
from fumibako.actions import view as views
from fumibako.actions.directory import Line, Page
from fumibako.actions.trouble import Missing
from fumibako.console.pages import account_form, account_reply
from fumibako.console.pages.fields import Field
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.pager import pager
from fumibako.console.pages.quotas import shown_system
from fumibako.console.pages.told import NOTHING, SAVED, UNDONE, complain, note, tell
from fumibako.console.peer import Request
from fumibako.document.words import row_name
from fumibako.features.directory.system_users import LIMITS
from fumibako.schema.finding import Finding, errors
from fumibako.schema.place import Json, written
from fumibako.schema.text import Text

PAGE_SIZES: Final = (10, 25, 50, 100)
_CHOSEN_AMONG: Final = 100
_REMOVED_SHOWN: Final = 50

_ADDED = Text("{account} will be added.", "{account} を追加します（未適用）。")
_REMOVED = Text("{account} will be deleted.", "{account} を削除します（未適用）。")
_RENAMED = Text("{account} will be {new}.", "{account} を {new} に変更します（未適用）。")
_RESTORED = Text("{account} will be restored.", "{account} を復元します（未適用）。")
_CHANGED = Text("The password of {account} is changed.", "{account} のパスワードを変更しました。")
_STAGED = Text(
    "The password comes with {account} when you apply.", "パスワードは {account} を設定したときに有効になります。"
)
_REVOKED = Text(
    "The app password is removed. Nobody logs in with it any more.",
    "アプリパスワードを削除しました。このパスワードではもうログインできません。",
)
_NOT_REVOKED = Text("The app password was not removed.", "アプリパスワードは削除していません。")
_REPLY, _ON, _OFF = Text("Automatic reply", "自動返信"), Text("on", "オン"), Text("off", "オフ")
_FAILED = Text("The password was not changed.", "パスワードは変更していません。")


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def accounts(request: Request) -> HttpResponseBase:
    if name := request.POST.get("undo_system", ""):
        if drafts.unstage(request.caller, written((*LIMITS, name))):
            note(request, UNDONE)
        return redirect(f"{reverse('accounts')}?system=1#system")
    if request.method == "POST":
        key = request.POST.get("remove") or request.POST.get("undo", "")
        if "remove" in request.POST:
            _remove(request, key)
        else:
            _undo(request, key)
        query = request.GET.copy()
        query["fresh"] = key
        return redirect(f"{reverse('accounts')}?{query.urlencode()}")
    asked = request.GET
    size = next((each for each in PAGE_SIZES if asked.get("rows") == str(each)), PAGE_SIZES[0])
    query_text, domain = asked.get("q", "").strip(), asked.get("domain", "")
    page = directory.accounts(
        request.caller,
        search=query_text,
        domain=domain or None,
        after=asked.get("after", ""),
        before=asked.get("before", ""),
        limit=size,
    )
    context = {
        "query": query_text,
        "per_page": size,
        "page_sizes": PAGE_SIZES,
        "domain": domain,
        "domains": _domains(request, domain),
        "rows": page.lines,
        "account_url": reverse("accounts"),
        "fresh": asked.get("fresh", ""),
        "total": page.total,
        "come_and_gone": drafts.come_and_gone(request.caller, "accounts"),
        "found": page.found,
        "more": page.more,
        "pager": pager(asked, page),
        "add_url": _add_url(domain),
        "csv_url": reverse("accounts_csv"),
        "removed_url": reverse("removed_accounts"),
        "action": request.get_full_path(),
        **shown_system(request, query_text),
    }
    return render(request, "pages/accounts.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def account_add(request: Request) -> HttpResponseBase:
    domain = request.GET.get("domain", "")
    if request.method != "POST":
        return _adding(
            request,
            {
                "address": f"@{domain}" if domain else "",
                "enabled": "on",
                "may_send": "on",
                "may_receive": "on",
                "keep_copy": "on",
            },
        )
    posted = _posted(request)
    password = posted.get("password", "")
    wanted, found = directory_edits.add_account(
        posted.get("address", "").strip(), account_form.values(posted), password=password or None
    )
    if errors(found):
        return _adding(request, posted, found)
    staged = drafts.stage(request.caller, wanted)
    if not staged.ok:
        return _adding(request, posted, [*found, *staged.findings])
    key = next((edit.place[1] for edit in staged.edits), posted.get("address", ""))
    tell(request, _ADDED.with_(account=row_name("accounts", key)), [*found, *staged.findings])
    query = QueryDict(mutable=True)
    query["fresh"] = key
    return redirect(f"{reverse('accounts')}?{query.urlencode()}")


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def account(request: Request, address: str) -> HttpResponseBase:
    line = directory.one(request.caller, "accounts", address)
    if request.method != "POST":
        return _editing(request, address)
    if undo := request.POST.get("undo", ""):
        if undo in (*account_form.EDITED, account_reply.FIELD) and drafts.unstage(
            request.caller, written(("accounts", line.key, undo))
        ):
            note(request, UNDONE)
        return redirect("account", line.key)
    form = request.POST.get("form", "")
    if form == "app-password-revoke":
        return _revoke(request, line.key)
    posted = _posted(request)
    if form == account_reply.FIELD:
        return _reply(request, line, posted)
    changed = {name: value for name, value in account_form.values(posted).items() if value != line.row[name]}
    staged = drafts.stage(request.caller, directory_edits.change_account(line.key, changed))
    if not staged.ok:
        return _editing(request, address, posted, staged.findings)
    if not changed:
        note(request, NOTHING)
    else:
        tell(request, SAVED, staged.findings)
    return redirect("account", line.key)


def _reply(request: Request, line: Line, posted: Mapping[str, str]) -> HttpResponseBase:
    reply = account_reply.reply_of(posted)
    wanted = None if line.row[account_reply.FIELD] is None and account_reply.says_nothing(reply) else reply
    staged = drafts.stage(request.caller, directory_edits.change_account(line.key, {account_reply.FIELD: wanted}))
    if not staged.ok:
        return _editing(request, line.key, posted, staged.findings, form=account_reply.FIELD)
    if directory.one(request.caller, "accounts", line.key).row == line.row:
        note(request, NOTHING)
    else:
        tell(request, SAVED, staged.findings)
    return redirect("account", line.key)


def _revoke(request: Request, address: str) -> HttpResponseBase:
    """An app password, at once."""
    try:
        result = app_passwords.revoke(request.caller, address, request.POST.get("app", ""))
    except Missing:  # it is revoked already
        return redirect("account", address)
    if result.outcome == "applied":
        tell(request, _REVOKED, result.findings)
    else:
        complain(request, errors(result.findings) or [Finding("app-password-not-removed", "", _NOT_REVOKED)])
    return redirect("account", address)


@require_POST
@behind_log_in
def account_remove(request: Request, address: str) -> HttpResponseBase:
    _remove(request, address)
    return redirect("account", address)


@require_POST
@behind_log_in
def account_undo(request: Request, address: str) -> HttpResponseBase:
    _undo(request, address)
    try:
        directory.one(request.caller, "accounts", address)
    except Missing:  # it was only staged
        return redirect("accounts")
    return redirect("account", address)


@require_POST
@behind_log_in
def account_rename(request: Request, address: str) -> HttpResponseBase:
    new = request.POST.get("new", "").strip()
    staged = drafts.stage(request.caller, directory_edits.rename_account(drafts.view(request.caller), address, new))
    if not staged.ok:
        return _editing(request, address, findings=staged.findings, new_address=new)
    key = next((edit.place[1] for edit in staged.edits if edit.adds), new)
    tell(request, _RENAMED.with_(account=row_name("accounts", address), new=key), staged.findings)
    return redirect("account", key)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def removed_accounts(request: Request) -> HttpResponseBase:
    if request.method == "POST":
        address = request.POST.get("restore", "")
        wanted = directory_edits.restore_account(request.caller, drafts.view(request.caller), address)
        staged = drafts.stage(request.caller, wanted)
        if staged.ok:
            tell(request, _RESTORED.with_(account=row_name("accounts", address)), staged.findings)
            return redirect("account", address)
        complain(request, staged.findings)
        return redirect("removed_accounts")
    after = request.GET.get("after", "")
    rows = removed.listed(request.caller, after=int(after) if after.isdecimal() else 0, limit=_REMOVED_SHOWN)
    more = f"?after={rows[-1].number}" if len(rows) == _REMOVED_SHOWN else ""
    context = {"rows": rows, "next_url": more, "list_url": reverse("accounts")}
    return render(request, "pages/removed_accounts.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def account_password(request: Request, address: str) -> HttpResponseBase:
    line = directory.one(request.caller, "accounts", address)
    found: Sequence[Finding] = ()
    if request.method == "POST":
        result = passwords.set_password(request.caller, line.key, request.POST.get("password", ""))
        if result.outcome in {"applied", "staged"}:
            said = _CHANGED if result.outcome == "applied" else _STAGED
            tell(request, said.with_(account=row_name("accounts", line.key)), result.findings)
            return redirect("account", line.key)
        found = errors(result.findings)
        if not found:
            # It was the agent that could not: the run says in which step and why.
            complain(request, [Finding("password-not-changed", "", _FAILED)])
            return redirect("run", result.run) if result.run is not None else redirect("account", line.key)
    beside = [finding for finding in found if account_form.field_of(finding) == "password"]
    context = {
        "account": {"address": line.key},
        "staged": line.mark == "added",
        "account_url": reverse("account", args=[line.key]),
        "list_url": reverse("accounts"),
        "options": [account_form.secret_field(account_form.NEW_PASSWORD, beside)],
        "errors": account_form.summary(found),
    }
    return render(request, "pages/account_password.html", context, status=422 if found else 200)


def _adding(request: Request, posted: Mapping[str, str], findings: Sequence[Finding] = ()) -> HttpResponseBase:
    primary = drafts.view(request.caller).primary_domain
    context = {
        "adding": True,
        "account": None,
        "options": account_form.adding_fields(posted, primary, findings),
        "errors": account_form.summary(errors(findings)),
        "list_url": reverse("accounts"),
        "password_url": None,
        "remove_url": None,
        "undo_url": None,
    }
    return render(request, "pages/account.html", context, status=422 if findings else 200)


def _editing(
    request: Request,
    address: str,
    posted: Mapping[str, str] | None = None,
    findings: Sequence[Finding] = (),
    new_address: str = "",
    form: str = "",
) -> HttpResponseBase:
    line = directory.one(request.caller, "accounts", address)
    live = views.live().row("accounts", line.key)
    context = {
        "adding": False,
        "account": line,
        "options": account_form.editing_fields(line, live, None if form else posted, () if form else findings),
        "reply": account_reply.reply_fields(
            line.row[account_reply.FIELD],
            views.live_for(request.caller).names_of(line.key),
            posted if form else None,
            findings if form else (),
        ),
        "reply_mark": _reply_mark(line, live),
        "apps": app_passwords.of_row(dict(live)) if live is not None else None,
        "errors": account_form.summary(errors(findings)),
        "list_url": reverse("accounts"),
        "password_url": reverse("account_password", args=[line.key]),
        "remove_url": reverse("account_remove", args=[line.key]),
        "undo_url": reverse("account_undo", args=[line.key]),
        "rename_url": reverse("account_rename", args=[line.key]),
        "new_address": new_address or line.key,
    }
    return render(request, "pages/account.html", context, status=422 if findings else 200)


def _reply_mark(line: Line, live: Mapping[str, Json] | None) -> Field:
    """The staged mark of the whole reply."""
    name = account_reply.FIELD
    was = (live or {}).get(name)
    on = was is not None and was["enabled"]
    staged = live is not None and name in line.changed
    return Field(name, _REPLY, "switch", staged=staged, live=_ON if on else _OFF)


def _posted(request: Request) -> dict[str, str]:
    """What was typed, with the suggestion that was taken in its place."""
    posted = {name: str(value) for name, value in request.POST.items()}
    name, _, value = posted.pop("use", "").partition("=")
    return posted | ({name: value} if name else {})


def _remove(request: Request, address: str) -> None:
    staged = drafts.stage(request.caller, directory_edits.remove_account(address))
    if staged.ok:
        tell(request, _REMOVED.with_(account=row_name("accounts", address)), staged.findings)
    else:
        complain(request, staged.findings)


def _undo(request: Request, address: str) -> None:
    if drafts.unstage(request.caller, written(("accounts", address))):
        note(request, UNDONE)


def _domains(request: Request, chosen: str) -> list[str]:
    """The domains to choose among: none where there are too many, but always the one that is chosen."""
    page: Page = directory.domains(request.caller, limit=_CHOSEN_AMONG)
    names = [line.key for line in page.lines] if page.after is None else []
    return names if not chosen or chosen in names else [chosen, *names]


def _add_url(domain: str) -> str:
    query = QueryDict(mutable=True)
    if domain:
        query["domain"] = domain
    return reverse("account_add") + (f"?{query.urlencode()}" if query else "")


urlpatterns = [
    path("accounts/", accounts, name="accounts"),
    path("accounts/add/", account_add, name="account_add"),
    path("accounts/removed/", removed_accounts, name="removed_accounts"),
    path("accounts/<str:address>/", account, name="account"),
    path("accounts/<str:address>/rename/", account_rename, name="account_rename"),
    path("accounts/<str:address>/password/", account_password, name="account_password"),
    path("accounts/<str:address>/remove/", account_remove, name="account_remove"),
    path("accounts/<str:address>/undo/", account_undo, name="account_undo"),
]

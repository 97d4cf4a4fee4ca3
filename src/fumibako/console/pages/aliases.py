"""Aliases (エイリアス設定): the list with its form to add one, and one of them. Everything is staged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from fumibako.actions import directory, directory_edits, drafts
from fumibako.actions import view as views
from fumibako.actions.directory import Line
from fumibako.actions.trouble import Missing
from fumibako.console.pages.account_form import Wrong
from fumibako.console.pages.accounts import PAGE_SIZES
from fumibako.console.pages.fields import Field, declared_field
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.pager import pager
from fumibako.console.pages.told import NOTHING, SAVED, UNDONE, complain, note, tell
from fumibako.console.peer import Request
from fumibako.document.words import describe, row_name
from fumibako.features.aliases.rows import Alias
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding, errors
from fumibako.schema.option import declared
from fumibako.schema.place import Json, written
from fumibako.schema.text import Text

_SHOWN: Final = 3  # targets in a line of the list
_TARGETS: Final = next(declared(Alias))

_NAME = Text("Alias to add", "追加エイリアス名")
_NAME_HELP = Text(
    "A name or an address; @example.jp catches every other name.",
    "名前またはアドレス。@example.jp なら登録のないすべての名前。",
)
_NAME_HELP_PRIMARY = Text(
    "A name belongs to {domain} if it has no @; @{domain} catches every other name.",
    "@ を書かなければ {domain} に属します。@{domain} と書くと、登録のない名前をすべて受けます。",
)
_ADDED = Text("{alias} will be added.", "{alias} を追加します（未適用）。")
_REMOVED = Text("{alias} will be deleted.", "{alias} を削除します（未適用）。")
_MEANWHILE = Text(
    "Somebody has changed these targets since this page was shown. Look at them again.",
    "このページを表示したあとに、エイリアス値が変更されました。もう一度確認してください。",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list: the first targets and how many more there are."""

    line: Line
    first: tuple[str, ...]
    more: int


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def aliases(request: Request) -> HttpResponseBase:
    if request.method == "POST":
        return _posted_to_list(request)
    return _listing(request)


def _posted_to_list(request: Request) -> HttpResponseBase:
    posted = request.POST
    if "remove" in posted or "undo" in posted:
        key = posted.get("remove") or posted.get("undo", "")
        if "remove" in posted:
            _remove(request, key)
        else:
            _undo(request, key)
        return redirect(_fresh(request.GET.copy(), key))
    name, targets = posted.get("address", "").strip(), posted.get("targets", "")
    staged = drafts.stage(request.caller, directory_edits.add_alias(name, targets))
    if not staged.ok:
        return _listing(request, name, targets, staged.findings)
    key = next((edit.place[1] for edit in staged.edits), name)
    tell(request, _ADDED.with_(alias=row_name("aliases", key)), staged.findings)
    return redirect(_fresh(QueryDict(mutable=True), key))


def _listing(request: Request, name: str = "", targets: str = "", findings: Sequence[Finding] = ()) -> HttpResponseBase:
    asked = request.GET
    size = next((each for each in PAGE_SIZES if asked.get("rows") == str(each)), PAGE_SIZES[0])
    query, domain = asked.get("q", "").strip(), asked.get("domain", "")
    page = directory.aliases(
        request.caller,
        search=query,
        domain=domain or None,
        after=asked.get("after", ""),
        before=asked.get("before", ""),
        limit=size,
    )
    primary = drafts.view(request.caller).primary_domain
    help_text = _NAME_HELP_PRIMARY.with_(domain=primary) if primary else _NAME_HELP
    about_name = tuple(each for each in findings if not _about_targets(each))
    context = {
        "options": [
            Field("address", _NAME, "text", name, help=help_text, findings=about_name, required=True),
            _targets_field(targets, findings),
        ],
        "errors": [
            Wrong(each.message, "f-targets" if _about_targets(each) else "f-address", None) for each in errors(findings)
        ],
        "query": query,
        "domain": domain,
        "per_page": size,
        "page_sizes": PAGE_SIZES,
        "rows": [_entry(line) for line in page.lines],
        "alias_url": reverse("aliases"),
        "fresh": asked.get("fresh", ""),
        "total": page.total,
        "come_and_gone": drafts.come_and_gone(request.caller, "aliases"),
        "found": page.found,
        "more": page.more,
        "pager": pager(asked, page),
        "action": request.get_full_path(),
        "csv_url": reverse("aliases_csv"),
    }
    return render(request, "pages/aliases.html", context, status=422 if findings else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def alias(request: Request, address: str) -> HttpResponseBase:
    line = directory.one(request.caller, "aliases", address)
    if request.method != "POST":
        return _editing(request, line)
    if request.POST.get("undo"):
        if drafts.unstage(request.caller, written(("aliases", line.key, "targets"))):
            note(request, UNDONE)
        return redirect("alias", line.key)
    typed = request.POST.get("targets", "")
    if request.POST.get("seen", "") not in ("", _digest(line.row["targets"])):
        return _editing(request, line, typed, [Finding("conflict", f"aliases/{line.key}/targets", _MEANWHILE)])
    staged = drafts.stage(request.caller, directory_edits.set_alias(line.key, typed))
    if not staged.ok:
        return _editing(request, line, typed, staged.findings)
    if directory.one(request.caller, "aliases", line.key).row == line.row:
        note(request, NOTHING)
    else:
        tell(request, SAVED, staged.findings)
    return redirect("alias", line.key)


@require_POST
@behind_log_in
def alias_remove(request: Request, address: str) -> HttpResponseBase:
    _remove(request, address)
    return redirect("alias", address)


@require_POST
@behind_log_in
def alias_undo(request: Request, address: str) -> HttpResponseBase:
    _undo(request, address)
    try:
        directory.one(request.caller, "aliases", address)
    except Missing:  # it was only staged
        return redirect("aliases")
    return redirect("alias", address)


def _editing(
    request: Request, line: Line, typed: str | None = None, findings: Sequence[Finding] = ()
) -> HttpResponseBase:
    targets = line.row["targets"]
    field = _targets_field("\n".join(targets) if typed is None else typed, findings)
    live = views.live().row("aliases", line.key)
    if live is not None and "targets" in line.changed:
        was = describe(Edit(("aliases", line.key, "targets"), live["targets"], targets)).was
        field = replace(field, staged=True, live=was)
    context = {
        "alias": line,
        "options": [field],
        "seen": _digest(targets),
        "errors": [Wrong(each.message, "f-targets", None) for each in errors(findings)],
        "list_url": reverse("aliases"),
        "remove_url": reverse("alias_remove", args=[line.key]),
        "undo_url": reverse("alias_undo", args=[line.key]),
    }
    return render(request, "pages/alias.html", context, status=422 if findings else 200)


def _targets_field(text: str, findings: Sequence[Finding]) -> Field:
    return declared_field(_TARGETS, "targets", text, [each for each in findings if _about_targets(each)])


def _about_targets(finding: Finding) -> bool:
    return finding.path.endswith("/targets")


def _entry(line: Line) -> Entry:
    targets = line.row["targets"]
    return Entry(line, tuple(targets[:_SHOWN]), max(0, len(targets) - _SHOWN))


def _digest(targets: Json) -> str:
    return hashlib.sha256(json.dumps(targets).encode()).hexdigest()


def _remove(request: Request, key: str) -> None:
    staged = drafts.stage(request.caller, directory_edits.remove_alias(key))
    if staged.ok:
        tell(request, _REMOVED.with_(alias=row_name("aliases", key)), staged.findings)
    else:
        complain(request, staged.findings)


def _undo(request: Request, key: str) -> None:
    if drafts.unstage(request.caller, written(("aliases", key))):
        note(request, UNDONE)


def _fresh(query: QueryDict, key: str) -> str:
    query["fresh"] = key
    return f"{reverse('aliases')}?{query.urlencode()}"


urlpatterns = [
    path("aliases/", aliases, name="aliases"),
    path("aliases/<str:address>/", alias, name="alias"),
    path("aliases/<str:address>/remove/", alias_remove, name="alias_remove"),
    path("aliases/<str:address>/undo/", alias_undo, name="alias_undo"),
]

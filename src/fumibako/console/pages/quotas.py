"""Mailbox quota (スプール容量制限): the list with usage and limits, and the limit of one mailbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from fumibako.actions import drafts, quotas, system_users
from fumibako.actions.quotas import Asked, Line, Page
from fumibako.actions.system_users import SystemLine
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.pager import pager
from fumibako.console.pages.places import page as page_address
from fumibako.console.pages.told import NOTHING, SAVED, UNDONE, note, tell
from fumibako.console.peer import Request
from fumibako.features.directory.system_users import LIMITS
from fumibako.features.quotas.initials import DIGITS, KANA, LETTERS, SIGNS
from fumibako.schema.finding import Finding, errors
from fumibako.schema.place import Json, written
from fumibako.schema.text import Text

FIRST_ROWS: Final = 10
MOST_ROWS: Final = 1000

_DIGITS = Text("0–9", "0–9")
_SIGNS = Text("Other signs", "その他の記号")
_EMPTY = Text(
    "Write the limit in MBytes, or choose to have none.", "MBytes 単位で入力するか、制限をかけないを選んでください。"
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A place in the bar of initials; one that no account stands under has no address."""

    label: Text | str
    number: int
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """The address that sorts by a column, and how it is sorted now: "ascending", "descending" or ""."""

    url: str
    sorted: str


def asked(data: QueryDict) -> Asked:
    """What an address asks for. Rows a page: any number from 1 on, as somebody typed it."""
    rows = data.get("rows", "")
    limit = min(max(int(rows), 1), MOST_ROWS) if rows.isdecimal() and len(rows) < 9 else FIRST_ROWS
    return Asked(
        search=data.get("q", "").strip(),
        initial=data.get("initial", ""),
        order="usage" if data.get("sort", "").lstrip("-") == "usage" else "name",
        falling=data.get("sort", "").startswith("-"),
        after=data.get("after", ""),
        before=data.get("before", ""),
        limit=limit,
    )


def list_context(data: QueryDict, wanted: Asked, page: Page) -> dict[str, Any]:
    """What the list's template needs, whichever page it stands on."""
    return {
        "query": wanted.search,
        "per_page": wanted.limit,
        "sort": data.get("sort", ""),
        "initial": wanted.initial,
        "letters": [_letter(each, page, wanted.initial) for each in (*LETTERS,)],
        "kana": [_letter(each, page, wanted.initial) for each in KANA] if any(k in page.initials for k in KANA) else [],
        "all_url": _address(data, initial=None, q=None),
        "by_name": _heading(data, wanted, "name"),
        "by_usage": _heading(data, wanted, "usage"),
        "rows": page.lines,
        "total": page.total,
        "found": page.found,
        "more": page.more,
        "narrowed": bool(wanted.search or wanted.initial),
        "pager": pager(data, page),
        "quota_url": reverse("quotas"),
        "fresh": data.get("fresh", ""),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def listed(request: Request) -> HttpResponseBase:
    if "undo_system" in request.POST:
        return _undone(request, request.POST["undo_system"])
    if request.method == "POST":
        key = request.POST.get("undo", "")
        if drafts.unstage(request.caller, written(("accounts", key, "quota_mb"))):
            note(request, UNDONE)
        query = request.GET.copy()
        query["fresh"] = key
        return redirect(f"{reverse('quotas')}?{query.urlencode()}")
    wanted = asked(request.GET)
    context = list_context(request.GET, wanted, quotas.listed(request.caller, wanted)) | {
        "action": request.get_full_path(),
        **shown_system(request, wanted.search),
        "come_and_gone": drafts.come_and_gone(request.caller, "accounts"),
        "bulk_url": reverse("quotas_bulk"),
        "accounts_url": page_address("accounts"),
        "staged": drafts.counts(request.caller).get("quotas", 0),
        "apply_url": reverse("apply") + "?chapter=quotas",
        "plan_url": reverse("plan") + "?chapter=quotas",
    }
    return render(request, "pages/quotas.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def one(request: Request, address: str) -> HttpResponseBase:
    line = quotas.one(request.caller, address)
    if line is None:
        raise Http404
    if request.method != "POST":
        return _editing(request, line)
    if "undo" in request.POST:
        if drafts.unstage(request.caller, written(("accounts", line.address, "quota_mb"))):
            note(request, UNDONE)
        return redirect("quota", line.address)
    limit, wrong = limit_in(request.POST)
    staged = drafts.stage(request.caller, [quotas.wanted(line.address, limit)]) if not wrong else None
    if staged is None or not staged.ok:
        return _editing(request, line, request.POST.dict(), [*wrong, *(errors(staged.findings) if staged else [])])
    if staged.edits or line.limit != _number(limit):
        tell(request, SAVED, staged.findings)
    else:
        note(request, NOTHING)
    query = QueryDict(mutable=True)
    query["fresh"] = line.address
    return redirect(f"{reverse('quotas')}?{query.urlencode()}")


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def of_system(request: Request, name: str) -> HttpResponseBase:
    """The limit of a user of the operating system."""
    line = system_users.one(request.caller, name)
    if request.method != "POST":
        return _editing(request, line)
    if "undo" in request.POST:
        return _undone(request, name)
    limit, wrong = limit_in(request.POST)
    staged = drafts.stage(request.caller, [system_users.wanted(line.name, limit)]) if not wrong else None
    if staged is None or not staged.ok:
        return _editing(request, line, request.POST.dict(), [*wrong, *(errors(staged.findings) if staged else [])])
    if staged.edits or line.limit != _number(limit):
        tell(request, SAVED, staged.findings)
    else:
        note(request, NOTHING)
    return redirect(_with_system(line.name))


def shown_system(request: Request, search: str) -> dict[str, Any]:
    """The system's users for a list, where its address asks for them; only who administers the server is asked."""
    asked_for = request.GET.get("system") == "1" and request.caller.domains is None
    return {
        "system_url": f"{reverse('quotas')}system/",
        "may_show_system": request.caller.domains is None,
        "system": system_users.listed(request.caller, search) if asked_for else None,
    }


def _undone(request: Request, name: str) -> HttpResponseBase:
    if drafts.unstage(request.caller, written((*LIMITS, name))):
        note(request, UNDONE)
    return redirect(_with_system(name))


def _with_system(name: str) -> str:
    query = QueryDict(mutable=True)
    query.update({"system": "1", "fresh": name})
    return f"{reverse('quotas')}?{query.urlencode()}#system"


def limit_in(posted: Mapping[str, str]) -> tuple[Json, list[Finding]]:
    """The limit that a form says: MBytes as they were typed, None for none. A field left empty is a question, not an
    answer."""
    if posted.get("use"):
        return posted["use"], []
    if posted.get("kind") == "none":
        return None, []
    text = posted.get("mbytes", "").strip()
    return (text, []) if text else (None, [Finding("quota-empty", "mbytes", _EMPTY)])


def _editing(
    request: Request, line: Line | SystemLine, posted: Mapping[str, str] | None = None, findings: Sequence[Finding] = ()
) -> HttpResponseBase:
    context = {
        "line": line,
        "limited": (posted or {}).get("kind") != "none" if posted is not None else line.limit is not None,
        "mbytes": posted.get("mbytes", "") if posted is not None else ("" if line.limit is None else line.limit),
        "findings": list(findings),
        "list_url": reverse("quotas"),
    }
    return render(request, "pages/quota.html", context, status=422 if findings else 200)


def _number(limit: Json) -> int | None:
    return int(limit) if isinstance(limit, str) and limit.isdecimal() else None


def _letter(letter: str, page: Page, current: str) -> Letter:
    label = {DIGITS: _DIGITS, SIGNS: _SIGNS}.get(letter, letter.upper())
    number = page.initials.get(letter, 0)
    query = QueryDict(mutable=True)
    query["initial"] = letter
    return Letter(label, number, f"?{query.urlencode()}" if number else "", letter == current)


def _heading(data: QueryDict, wanted: Asked, order: str) -> Heading:
    now = ("descending" if wanted.falling else "ascending") if wanted.order == order else ""
    return Heading(_address(data, sort=f"-{order}" if now == "ascending" else order), now)


def _address(data: QueryDict, **changes: str | None) -> str:
    query = data.copy()
    for name in ("after", "before", "fresh", *changes):
        query.pop(name, None)
    for name, value in changes.items():
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"


urlpatterns = [
    path("quotas/", listed, name="quotas"),
    path("quotas/of/<str:address>/", one, name="quota"),
    path("quotas/system/<str:name>/", of_system, name="system_quota"),
]

"""Spam rejection (スパム拒否設定): DNS block lists and senders that are refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from fumibako.actions import drafts
from fumibako.actions import status as statuses
from fumibako.actions import view as views
from fumibako.actions.checking import Wanted
from fumibako.console.pages.entry_list import EntryList, Typed
from fumibako.console.pages.fields import Fields
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.told import NOTHING, SAVED, UNDONE, note, tell
from fumibako.console.peer import Request
from fumibako.document.settings import parse
from fumibako.features.spam.check import LISTS, SENDERS, check_spam
from fumibako.features.spam.told import STATES
from fumibako.mail.dns_list import parse_dns_list
from fumibako.mail.sender_pattern import parse_sender
from fumibako.schema.finding import Finding, errors
from fumibako.schema.place import Json, written
from fumibako.schema.text import Text

_THRESHOLD: Final = ("spam", "threshold")
_HITS = Text("refused {number}", "拒否 {number} 件")
_ASKED = Text("not asked yet", "未確認")


def _sender(entry: str) -> dict[str, Any]:
    return {"label": parse_sender(entry).unicode}


def _sender_order(entry: str) -> tuple[str, str]:
    """By domain, its whole before its single senders."""
    local_part, _, domain = entry.rpartition("@")
    return domain, local_part


def _checked(tree: Json) -> list[Finding]:
    return check_spam(parse(tree).spam)


BLOCKED: Final = EntryList(SENDERS, _sender, _sender_order, _checked)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def spam(request: Request) -> HttpResponseBase:
    here = reverse("spam")
    found = {each["name"]: each for each in statuses.block_lists(request.caller)}
    lists = EntryList(
        LISTS, lambda entry: _list(entry, found), checked=lambda tree: [*_checked(tree), *_states(tree, found)]
    )
    typed = {"lists": Typed(), "senders": Typed()}
    findings: list[Finding] = []
    threshold = None
    if request.method == "POST":
        which = next((name for name in ("lists", "senders", "threshold") if name in request.GET), "senders")
        if which == "threshold":
            done: HttpResponse | Typed | list[Finding] = _threshold(request, here)
        else:
            done = (lists if which == "lists" else BLOCKED).change(request, here)
        if isinstance(done, HttpResponse):
            return done
        if isinstance(done, Typed):
            typed[which] = done
            findings = [*done.findings]
        else:
            findings, threshold = done, request.POST.get(written(_THRESHOLD), "")
    asked = request.GET
    context = {
        "lists": lists.context(request, typed["lists"], asked=asked if "lists" in asked else QueryDict()),
        "senders": BLOCKED.context(request, typed["senders"], asked=QueryDict() if "lists" in asked else asked),
        "threshold": _field(request, threshold, findings),
        "list_examples": ("bl.example.net", "bl.example.net*2", "bl.example.net=127.0.0.[2..11]"),
        "sender_examples": ("spam@example.co.jp", "@example.co.jp"),
        "staged_here": bool(drafts.counts(request.caller).get("spam")),
    }
    return render(request, "pages/spam.html", context, status=422 if errors(findings) else 200)


def _list(entry: str, found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """How the list was found last, and what it did."""
    seen = found.get(parse_dns_list(entry).name)
    if seen is None:
        return {}
    told = STATES.get(seen["state"])
    checked = seen["checked"]
    return {
        "meaning": told.word if told else _ASKED,
        "number": _HITS.with_(number=f"{seen['hits']:,}") if seen["hits"] is not None else None,
        "off": bool(told and told.off),
        "moment": datetime.fromtimestamp(checked, UTC) if checked else None,
    }


def _states(tree: Json, found: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """What is to be said of lists that serve and are not well."""
    findings = []
    for entry in parse(tree).spam.dns_blocklists:
        name = parse_dns_list(entry).name
        told = STATES.get(found.get(name, {}).get("state"))  # type: ignore[arg-type]  # what is no state has no words
        if told is not None and found[name]["state"] != "alive":
            said = told.said.with_(name=name)
            findings.append(Finding("list-state", written((*LISTS, entry)), said, "danger" if told.off else "warning"))
    return findings


def _threshold(request: Request, back: str) -> HttpResponse | list[Finding]:
    if "undo" in request.POST:
        if drafts.unstage(request.caller, written(_THRESHOLD)):
            note(request, UNDONE)
        return redirect(back)
    typed = request.POST.get("use", "").partition("=")[2] or request.POST.get(written(_THRESHOLD), "")
    staged = drafts.stage(request.caller, [Wanted(_THRESHOLD, typed)])
    if not staged.ok:
        return list(staged.findings)
    if staged.edits:
        tell(request, SAVED, staged.findings)
    else:
        note(request, NOTHING)
    return redirect(back)


def _field(request: Request, typed: str | None, findings: list[Finding]) -> object:
    tree = drafts.view(request.caller).settings
    staged = frozenset(each.path for each in drafts.listed(request.caller, ["spam"], limit=1000))
    shown = {} if typed is None else {written(_THRESHOLD): typed}
    return Fields(tree, views.live().settings, staged, shown, findings).at(_THRESHOLD)


urlpatterns = [path("spam/", spam, name="spam")]

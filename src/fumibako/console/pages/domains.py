"""The domains whose mail is accepted (ドメイン)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from fumibako.actions import directory, drafts
from fumibako.actions.permission import may
from fumibako.actions.trouble import Missing
from fumibako.console.pages import domain_list
from fumibako.console.pages.domain_list import Adding
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.pager import pager
from fumibako.console.peer import Request
from fumibako.console.templatetags.results import for_people
from fumibako.schema.text import Text

_IN_DNS = Text("In DNS", "DNS での名前")
_READABLE = Text("As people write it", "読める形の名前")
_PRIMARY = Text("Primary domain", "主ドメイン")
_YES, _NO = Text("yes", "はい"), Text("no", "いいえ")


@dataclass(frozen=True, slots=True)
class Fact:
    label: Text
    value: Text | str
    address: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def domains(request: Request) -> HttpResponseBase:
    here = reverse("domains")
    adding = Adding(here)
    if request.method == "POST":
        done = domain_list.change(request, here, here)
        if not isinstance(done, Adding):
            return done
        adding = done
    asked = request.GET
    query = asked.get("q", "").strip()
    page = directory.domains(
        request.caller, search=query, after=asked.get("after", ""), before=asked.get("before", ""), limit=25
    )
    context = {
        "add": adding,
        "rows": page.lines,
        **domain_list.rows(request, here),
        "action": here,
        "total": page.total,
        "come_and_gone": drafts.come_and_gone(request.caller, "domains"),
        "pager": pager(asked, page),
        "query": query,
        "fixed": not may(request.caller, "stage"),
    }
    return render(request, "pages/domains.html", context, status=422 if adding.findings else 200)


@require_http_methods(["GET", "HEAD"])
@behind_log_in
def domain(request: Request, name: str) -> HttpResponseBase:
    line = directory.one(request.caller, "domains", name)
    primary = drafts.view(request.caller).primary_domain == line.key
    facts = [Fact(_PRIMARY, _YES if primary else _NO)]
    if for_people(line.key) != line.key:
        facts = [Fact(_READABLE, for_people(line.key), True), Fact(_IN_DNS, line.key, True), *facts]
    query = QueryDict(mutable=True)
    query["domain"] = line.key
    context = {
        "domain": line,
        "primary": primary,
        "fixed": not may(request.caller, "stage"),
        "facts": facts,
        "accounts_url": f"{reverse('accounts')}?{query.urlencode()}",
        "aliases_url": f"{reverse('aliases')}?{query.urlencode()}",
        "add_account_url": f"{reverse('account_add')}?{query.urlencode()}",
        "keys_url": reverse("keys", args=[line.key]),
        "zone_url": reverse("zone", args=[line.key]),
        "remove_url": reverse("domain_remove", args=[line.key]),
        "undo_url": reverse("domain_undo", args=[line.key]),
    }
    return render(request, "pages/domain.html", context)


@require_POST
@behind_log_in
def domain_remove(request: Request, name: str) -> HttpResponseBase:
    domain_list.remove(request, name)
    return redirect("domain", name)


@require_POST
@behind_log_in
def domain_undo(request: Request, name: str) -> HttpResponseBase:
    domain_list.undo(request, name)
    try:
        directory.one(request.caller, "domains", name)
    except Missing:  # it was only staged
        return redirect("domains")
    return redirect("domain", name)


urlpatterns = [
    path("domains/", domains, name="domains"),
    path("domains/<str:name>/", domain, name="domain"),
    path("domains/<str:name>/remove/", domain_remove, name="domain_remove"),
    path("domains/<str:name>/undo/", domain_undo, name="domain_undo"),
]

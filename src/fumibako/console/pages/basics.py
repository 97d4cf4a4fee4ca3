"""The basic settings (基本設定). One button stages, the other stages and applies this chapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from fumibako.actions import directory, drafts
from fumibako.actions import view as views
from fumibako.actions.directory import Page
from fumibako.console.pages import domain_list
from fumibako.console.pages.applying import begun
from fumibako.console.pages.domain_list import Adding
from fumibako.console.pages.fields import OPTIONS, Choice, Field, Fields, owner
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.posted import Posted, seen_by
from fumibako.console.pages.proposed import Proposed
from fumibako.console.pages.service_table import service_notes, services
from fumibako.console.pages.told import NOTHING, SAVED, UNDONE, note, tell
from fumibako.console.peer import Request
from fumibako.document.words import label
from fumibako.features.directory.system_users import LIMITS
from fumibako.schema.finding import Finding, errors
from fumibako.schema.place import Place, read
from fumibako.schema.text import Text, plain

# More domains than this are searched on their own page, and a name among them is typed.
_LISTED: Final = 10
_CHOSEN_AMONG: Final = 100

# The limits of system accounts stand beside the other limits.
_PLACES: Final = tuple(place for place in OPTIONS if place[0] == "basics" and place != LIMITS)
_FIRST_DOMAIN = Text("the first one ({domain})", "最初のドメイン ({domain})")
_NO_DOMAIN = Text("the first one", "最初のドメイン")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line of the summary above the form."""

    message: Text
    anchor: str
    where: Text | None


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def basics(request: Request) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request)
    if "domains" in request.GET:
        here = reverse("basics")
        done = domain_list.change(request, f"{here}#domains", f"{here}?domains")
        return _page(request, adding=done) if isinstance(done, Adding) else done
    return _save(request)


def _save(request: Request) -> HttpResponseBase:
    posted = Posted.read(request.POST, drafts.view(request.caller).settings)
    if undo := request.POST.get("undo", ""):
        if drafts.unstage(request.caller, undo):
            note(request, UNDONE)
        kept = posted.without(undo)
        # What else was typed and not saved yet is not thrown away with it.
        return _page(request, kept) if kept.typed else redirect(_at(undo))
    staged = drafts.stage(request.caller, posted.wanted())
    if not staged.ok:
        return _page(request, posted, staged.findings)
    if request.POST.get("then") == "apply" and drafts.counts(request.caller).get("basics"):
        return begun(request, Proposed(("basics",)))
    if staged.edits or posted.typed:
        tell(request, SAVED, staged.findings)
    else:
        note(request, NOTHING)
    return redirect("basics")


def _page(
    request: Request,
    posted: Posted | None = None,
    findings: Sequence[Finding] = (),
    adding: Adding | None = None,
) -> HttpResponseBase:
    caller = request.caller
    tree = drafts.view(caller).settings
    staged = frozenset(each.path for each in drafts.listed(caller, ["basics"]))
    fields = Fields(tree, views.live().settings, staged, posted.typed if posted else {}, findings)
    domains = directory.domains(caller, limit=_CHOSEN_AMONG)
    here = reverse("basics")
    wrong = [_wrong(finding) for finding in errors(findings)]
    context = {
        "errors": wrong,
        "domains": domains.lines[:_LISTED],
        **domain_list.rows(request, reverse("domains")),
        "domain_add": adding or Adding(f"{here}?domains"),
        "domains_url": f"{here}?domains",
        "domains_page_url": reverse("domains"),
        "seen": seen_by(tree, _PLACES),
        **_groups(fields, domains),
    }
    bad = bool(wrong or (adding and adding.findings))
    return render(request, "pages/basics.html", context, status=422 if bad else 200)


def _groups(fields: Fields, domains: Page) -> dict[str, Any]:
    """The options as the page groups them; whatever stands in no group of its own is general."""
    grouped: dict[str, list[Field]] = {
        name: [] for name in ("general", "listening", "advanced", "content_filter", "overrides")
    }
    for place in _PLACES:
        if place[1] != "services":
            grouped[_group(place)].append(
                _primary(fields, domains) if place[1] == "primary_domain" else fields.at(place)
            )
    hidden = [*grouped["advanced"], *grouped["content_filter"], *grouped["overrides"]]
    return {
        **grouped,
        "services": services(fields),
        "service_notes": list(service_notes()),
        "advanced_open": any(field.staged or field.findings or field.name in fields.typed for field in hidden),
    }


def _group(place: Place) -> str:
    return {
        "listen": "listening",
        "tls": "listening",
        "advanced": "advanced",
        "content_filter": "content_filter",
        "milter_scanner": "content_filter",
        "local_overrides": "overrides",
    }.get(place[1], "general")


def _primary(fields: Fields, domains: Page) -> Field:
    """The primary domain is chosen among the domains, where there are few enough to choose among."""
    field = fields.at(("basics", "primary_domain"))
    if domains.after is not None:
        return field
    names = [line.key for line in domains.lines if line.mark != "removed"]
    first = _FIRST_DOMAIN.with_(domain=names[0]) if names else _NO_DOMAIN
    chosen = str(field.value)
    others = [] if chosen in ("", *names) else [chosen]
    choices = [
        Choice("", first, not chosen),
        *(Choice(name, plain(name), name == chosen) for name in [*names, *others]),
    ]
    return replace(field, kind="select", choices=tuple(choices))


def _wrong(finding: Finding) -> Wrong:
    name = owner(finding.path)
    return Wrong(finding.message, f"f-{name}" if name else "", label(read(name)) if name else None)


def _at(path: str) -> str:
    name = owner(path)
    return reverse("basics") + (f"#f-{name}" if name else "")


urlpatterns = [path("basics/", basics, name="basics")]

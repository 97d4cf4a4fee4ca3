"""Sender authentication (送信者認証設定): the original's switches first, what each domain signs with, and the rest behind 詳細."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from fumibako.actions import directory, drafts
from fumibako.actions import view as views
from fumibako.actions.checking import Wanted
from fumibako.console.pages.applying import begun
from fumibako.console.pages.fields import OPTIONS, Fields, owner
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.posted import Posted, seen_by
from fumibako.console.pages.proposed import Proposed
from fumibako.console.pages.told import NOTHING, SAVED, UNDONE, complain, note, tell
from fumibako.console.peer import Request
from fumibako.document.words import label
from fumibako.features.authentication.section import DkimSigning, DomainSigning
from fumibako.schema.codec import encode
from fumibako.schema.finding import Finding, errors
from fumibako.schema.place import Json, Place, looked_up, planted, read, written
from fumibako.schema.text import Text

CHAPTERS: Final = ("authentication", "dns")
_SIGNING: Final = ("authentication", "signing")
_FIRST: Final = (("authentication", "spf", "check"), ("authentication", "dkim", "verify"))
_PLACES: Final = tuple(place for place in OPTIONS if place[0] in CHAPTERS and place != _SIGNING)
_ROWS: Final = 20
# A domain that the settings do not name signs with nothing.
_NOTHING: Final = encode(DomainSigning(dkim=DkimSigning(enabled=False)))

_NO_KEY = Text("no key yet", "鍵がありません")
_KEYS = Text("selectors {selectors}", "セレクター {selectors}")


@dataclass(frozen=True, slots=True)
class SigningRow:
    """What one hosted domain signs with; `keys` says which selectors."""

    domain: str
    dkim: bool
    domainkeys: bool
    keys: Text
    staged: bool

    @property
    def path(self) -> str:
        return written((*_SIGNING, self.domain))


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line of the summary above the form."""

    message: Text
    anchor: str
    where: Text | None


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def authentication(request: Request) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request)
    if "switch" in request.POST:
        return _switch(request, request.POST["switch"])
    posted = Posted.read(request.POST, drafts.view(request.caller).settings)
    if undo := request.POST.get("undo", ""):
        if drafts.unstage(request.caller, undo):
            note(request, UNDONE)
        kept = posted.without(undo)
        return _page(request, kept) if kept.typed else redirect("authentication")
    staged = drafts.stage(request.caller, posted.wanted())
    if not staged.ok:
        return _page(request, posted, staged.findings)
    if request.POST.get("then") == "apply" and any(drafts.counts(request.caller).get(each) for each in CHAPTERS):
        return begun(request, Proposed(CHAPTERS))
    if staged.edits or posted.typed:
        tell(request, SAVED, staged.findings)
    else:
        note(request, NOTHING)
    return redirect("authentication")


def _switch(request: Request, asked: str) -> HttpResponseBase:
    """`DOMAIN dkim on`, `DOMAIN domainkeys off`: one signature of one domain."""
    domain, method, state = [*asked.split(" "), "", "", ""][:3]
    back = f"{reverse('authentication')}?{request.GET.urlencode()}#signing"
    if method not in ("dkim", "domainkeys") or state not in ("on", "off"):
        return redirect(back)
    entry = looked_up(drafts.view(request.caller).settings, (*_SIGNING, domain)) or _NOTHING
    staged = drafts.stage(
        request.caller, [Wanted((*_SIGNING, domain), planted(entry, (method, "enabled"), state == "on"))]
    )
    if staged.ok:
        tell(request, SAVED, staged.findings)
    else:
        complain(request, staged.findings)
    return redirect(back)


def _page(request: Request, posted: Posted | None = None, findings: Sequence[Finding] = ()) -> HttpResponseBase:
    caller = request.caller
    tree = drafts.view(caller).settings
    staged = frozenset(each.path for each in drafts.listed(caller, list(CHAPTERS)))
    fields = Fields(tree, views.live().settings, staged, posted.typed if posted else {}, findings)
    hidden = [fields.at(place) for place in _PLACES if place not in _FIRST]
    asked = request.GET
    domains = directory.domains(
        caller, search=asked.get("q", ""), after=asked.get("after", ""), before=asked.get("before", ""), limit=_ROWS
    )
    wrong = [_wrong(finding) for finding in errors(findings)]
    context = {
        "errors": wrong,
        "first": [fields.at(place) for place in _FIRST],
        "more": hidden,
        "more_open": any(field.staged or field.findings or field.name in fields.typed for field in hidden),
        "signing": [_row(line.key, tree, fields) for line in domains.lines if line.mark != "removed"],
        "next": domains.after,
        "query": asked.get("q", ""),
        "domains_url": reverse("domains"),
        "seen": seen_by(tree, _PLACES),
    }
    return render(request, "pages/authentication.html", context, status=422 if wrong else 200)


def _row(domain: str, tree: Mapping[str, Json], fields: Fields) -> SigningRow:
    place: Place = (*_SIGNING, domain)
    signing = DomainSigning.model_validate(looked_up(tree, place) or _NOTHING)
    selectors = [each for each in (signing.dkim.rsa, signing.dkim.ed25519) if each]
    keys = _KEYS.with_(selectors=", ".join(selectors)) if selectors else _NO_KEY
    return SigningRow(domain, signing.dkim.enabled, signing.domainkeys.enabled, keys, fields.is_staged(written(place)))


def _wrong(finding: Finding) -> Wrong:
    name = owner(finding.path)
    return Wrong(finding.message, f"f-{name}" if name else "", label(read(name)) if name else None)


urlpatterns = [path("authentication/", authentication, name="authentication")]

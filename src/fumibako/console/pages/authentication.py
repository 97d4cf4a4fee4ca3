"""Sender authentication (送信者認証設定): the original's switches first, what each domain signs with, and the rest behind 詳細."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from fumibako.actions import directory, domain_notes, drafts, signing_keys, zone_checks
from fumibako.actions import view as views
from fumibako.actions.checking import Wanted
from fumibako.actions.signing_keys import Key
from fumibako.actions.zone_checks import DomainZone
from fumibako.console.pages.applying import begun
from fumibako.console.pages.fields import OPTIONS, Fields, owner
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.posted import Posted, seen_by
from fumibako.console.pages.proposed import Proposed
from fumibako.console.pages.told import NOTHING, SAVED, UNDONE, complain, note, tell
from fumibako.console.peer import Request
from fumibako.document.words import label
from fumibako.features.authentication.noted import Failure, Noted
from fumibako.features.authentication.section import DomainSigning
from fumibako.schema.codec import encode
from fumibako.schema.finding import Finding, errors
from fumibako.schema.place import Json, Place, looked_up, planted, read, written
from fumibako.schema.text import Text

CHAPTERS: Final = ("authentication", "dns")
_SIGNING: Final = ("authentication", "signing")
_FIRST: Final = (("authentication", "spf", "check"), ("authentication", "dkim", "verify"))
_PLACES: Final = tuple(place for place in OPTIONS if place[0] in CHAPTERS and place != _SIGNING)
_ROWS: Final = 20
# A domain that the settings do not name signs with DKIM.
_UNSAID: Final = encode(DomainSigning())

_NO_KEY = Text("no key", "鍵なし")
_SIGNING_WITH = Text("signs with {selectors}", "{selectors} で署名")
_WAITING = Text("{selectors} wait for DNS", "{selectors} は DNS 待ち")
_BOTH = Text("{one}; {other}", "{one}、{other}")
_NOT_ASKED = Text("not checked", "未確認")
_WELL = Text("in order", "正常")
_WRONG = Text("{n} to do", "要対応 {n} 件")


@dataclass(frozen=True, slots=True)
class SigningRow:
    """What one hosted domain signs with; `keys` says which selectors are in use and which wait, `zone` how its DNS stands,
    `tone` in which colour; `signed` and `failure` are the last times."""

    domain: str
    dkim: bool
    domainkeys: bool
    keys: Text
    zone: Text
    tone: str
    signed: datetime | None
    failure: Failure | None
    staged: bool
    keys_url: str
    zone_url: str

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
    entry = looked_up(drafts.view(request.caller).settings, (*_SIGNING, domain)) or _UNSAID
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
    shown = [line.key for line in domains.lines if line.mark != "removed"]
    there = [line.key for line in domains.lines if line.mark != "added"]
    keys, zones = signing_keys.glances(caller, there), zone_checks.glances(caller, there)
    noted = domain_notes.noted(caller, there)
    context = {
        "errors": wrong,
        "first": [fields.at(place) for place in _FIRST],
        "more": hidden,
        "more_open": any(field.staged or field.findings or field.name in fields.typed for field in hidden),
        "signing": [
            _row(name, tree, fields, keys.get(name, []), zones.get(name), noted.get(name, Noted())) for name in shown
        ],
        "next": domains.after,
        "query": asked.get("q", ""),
        "domains_url": reverse("domains"),
        "test_url": reverse("message_check"),
        "seen": seen_by(tree, _PLACES),
    }
    return render(request, "pages/authentication.html", context, status=422 if wrong else 200)


def _row(
    domain: str,
    tree: Mapping[str, Json],
    fields: Fields,
    keys: Sequence[Key],
    zone: DomainZone | None,
    noted: Noted,
) -> SigningRow:
    place: Place = (*_SIGNING, domain)
    signing = DomainSigning.model_validate(looked_up(tree, place) or _UNSAID)
    stands, tone = _stands(zone)
    return SigningRow(
        domain,
        signing.dkim.enabled,
        signing.domainkeys.enabled,
        _in_use(keys),
        stands,
        tone,
        noted.signed,
        next(iter(noted.failures), None),
        fields.is_staged(written(place)),
        reverse("keys", args=[domain]),
        reverse("zone", args=[domain]),
    )


def _in_use(keys: Sequence[Key]) -> Text:
    said = [
        text.with_(selectors=", ".join(selectors))
        for text, state in ((_SIGNING_WITH, "active"), (_WAITING, "published"))
        if (selectors := [key.selector for key in keys if key.state == state])
    ]
    if not said:
        return _NO_KEY
    return _BOTH.with_(one=said[0], other=said[1]) if len(said) == 2 else said[0]


def _stands(zone: DomainZone | None) -> tuple[Text, str]:
    if zone is None or zone.checked is None:
        return _NOT_ASKED, ""
    if zone.well:
        return _WELL, "moss"
    return _WRONG.with_(n=sum(each.state != "present" for each in zone.records) or len(zone.findings)), "vermilion"


def _wrong(finding: Finding) -> Wrong:
    name = owner(finding.path)
    return Wrong(finding.message, f"f-{name}" if name else "", label(read(name)) if name else None)


urlpatterns = [path("authentication/", authentication, name="authentication")]

"""The DNS of a domain: each record that its mail needs, why, its exact value to copy, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from fumibako.actions import directory, drafts, secrets, zone_checks
from fumibako.actions import view as views
from fumibako.actions.checking import Wanted
from fumibako.actions.permission import may
from fumibako.actions.trouble import Refused
from fumibako.console.pages.fields import Field, declared_field, typed_text
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.places import page
from fumibako.console.pages.told import SAVED, complain, tell
from fumibako.console.pages.zone_words import shown
from fumibako.console.peer import Request
from fumibako.features.authentication.section import ZoneAccess
from fumibako.features.authentication.zone_access import zone_of
from fumibako.schema.codec import encode
from fumibako.schema.finding import Finding
from fumibako.schema.option import declared
from fumibako.schema.place import Place, looked_up
from fumibako.schema.text import Text

_POLL_SECONDS: Final = 1.0
_UPDATE: Final[Place] = ("dns", "update")
_OPTIONS: Final = {option.name: option for option in declared(ZoneAccess)}

_ZONE: Final = Text("Zone", "ゾーン")
_SECRET: Final = Text("TSIG secret", "TSIG の秘密鍵")
_SET: Final = Text(
    "Base64. One is set. Empty: it stays. A new one counts at once.",
    "Base64。設定済みです。空欄なら変更しません。新しい値はすぐに有効になります。",
)
_UNSET: Final = Text(
    "Base64, kept sealed, shown nowhere. It counts at once. Not needed for a name server on this machine whose key can be read.",
    "Base64。封をして保管し、どこにも表示しません。すぐに有効になります。このサーバー上で鍵を読めるネームサーバーなら不要です。",
)


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def zone(request: Request, name: str) -> HttpResponseBase:
    line = directory.one(request.caller, "domains", name)
    verb = request.POST.get("verb", "")
    if verb in ("check", "publish"):
        try:
            zone_checks.begin(request.caller, line.key, publish=verb == "publish")
        except Refused as refused:
            complain(request, refused.findings)
        return redirect("zone", line.key)
    if verb == "access":
        return _access(request, line.key)
    if verb == "forget":
        at = request.POST.get("zone", "")
        tell(request, SAVED, drafts.stage(request.caller, [Wanted((*_UPDATE, at), None)]).findings)
        return redirect("zone", line.key)
    return _page(request, line.key)


def _page(
    request: Request, domain: str, typed: Mapping[str, str] | None = None, findings: Sequence[Finding] = ()
) -> HttpResponseBase:
    live = views.live().row("domains", domain) is not None
    found = zone_checks.last(request.caller, domain) if live else None
    polled = "HX-Request" in request.headers
    context: dict[str, Any] = {
        "domain": domain,
        "live": live,
        "zone": found,
        "records": [shown(each, found.zone or domain) for each in found.records] if found else [],
        "poll": _POLL_SECONDS if found and found.asked else None,
        "zone_url": reverse("zone", args=[domain]),
        "keys_url": reverse("keys", args=[domain]),
        "domain_url": page("domain", domain),
    }
    if polled:
        return render(request, "parts/zone.html", context)
    if may(request.caller, "stage"):
        context["access"] = _form(request, domain, typed, findings)
    return render(request, "pages/zone.html", context, status=422 if findings else 200)


def _form(
    request: Request, domain: str, typed: Mapping[str, str] | None, findings: Sequence[Finding]
) -> dict[str, Any]:
    """The zone's write access as it is staged; the nearest zone that there is, else the domain itself."""
    update = looked_up(drafts.view(request.caller).settings, _UPDATE) or {}
    at = zone_of(domain, update)
    entry = update[at] if at else encode(ZoneAccess())
    offered = request.GET.get("use", "")
    primaries = zone_checks.primaries(request.caller) if at is None else []
    for each in primaries:
        if offered == each["program"] and each["readable"]:
            entry = entry | {name: each[name] for name in _OPTIONS}
    texts = typed or {"zone": at or domain} | {name: typed_text(_OPTIONS[name], entry[name]) for name in _OPTIONS}
    placed: dict[str, tuple[Finding, ...]] = {}
    for finding in findings:
        last = "secret" if finding.code.startswith("secret-") else finding.path.rpartition(".")[2]
        where = last if last in (*_OPTIONS, "secret") else "zone"
        placed[where] = (*placed.get(where, ()), finding)
    known = secrets.known()
    return {
        "open": bool(typed or offered or at),
        "zone": at,
        "primaries": primaries,
        "options": [
            Field("zone", _ZONE, "text", texts.get("zone", ""), findings=placed.get("zone", ())),
            *(
                declared_field(option, name, texts.get(name, ""), placed.get(name, ()))
                for name, option in _OPTIONS.items()
            ),
            Field(
                "secret",
                _SECRET,
                "secret",
                help=_SET if f"dns/{at or domain}" in known else _UNSET,
                findings=placed.get("secret", ()),
                autocomplete="off",
            ),
        ],
    }


def _access(request: Request, domain: str) -> HttpResponseBase:
    typed = {name: request.POST.get(name, "").strip() for name in ("zone", *_OPTIONS)}
    secret = request.POST.get("secret", "").strip()
    entry = {name: typed[name] for name in _OPTIONS}
    if secret and (wrong := secrets.wrong(secret, f"dns/{typed['zone']}")):
        return _page(request, domain, typed, wrong)
    staged = drafts.stage(request.caller, [Wanted((*_UPDATE, typed["zone"]), entry)])
    if not staged.ok:
        return _page(request, domain, typed, staged.findings)
    if secret:
        put = secrets.put(request.caller, f"dns/{typed['zone']}", secret)
        if put.outcome == "refused":
            return _page(request, domain, typed, put.findings)
    tell(request, SAVED, staged.findings)
    return redirect("zone", domain)


urlpatterns = [path("domains/<str:name>/dns/", zone, name="zone")]

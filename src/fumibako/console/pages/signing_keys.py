"""The signing keys of a domain (鍵管理). What is done with a key counts at once: keys are no settings, and DNS, not the
apply, decides when one signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fumibako.actions import directory, domain_notes, drafts, log_in, signing_keys, zone_checks
from fumibako.actions import view as views
from fumibako.actions.checking import Wanted
from fumibako.actions.permission import may
from fumibako.actions.signing_keys import Key
from fumibako.actions.trouble import Refused
from fumibako.actions.zone_checks import DomainZone
from fumibako.console.pages.fields import Choice, Field
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.key_words import KINDS, USES, Step, life, waiting_for
from fumibako.console.pages.places import page
from fumibako.console.pages.told import NOTHING, SAVED, complain, note, tell
from fumibako.console.peer import Request
from fumibako.features.authentication.section import DomainSigning
from fumibako.features.authentication.signing_key import Kind, Use
from fumibako.schema.codec import encode
from fumibako.schema.finding import Finding
from fumibako.schema.place import Place, looked_up
from fumibako.schema.text import Text, plain

_LONGEST: Final = 64 * 1024  # of an uploaded file; `signing_key.read` says why a long one is none
_SIGNING: Final[Place] = ("authentication", "signing")

_MADE: Final = Text("The key {selector} is made.", "鍵 {selector} を作りました。")
_TAKEN_IN: Final = Text("The key {selector} is taken in.", "鍵 {selector} を登録しました。")
_ROTATED: Final = Text(
    "The new keys are {selectors}. The old ones sign until DNS answers with them.",
    "新しい鍵は {selectors} です。DNS で確認できるまでは今の鍵で署名します。",
)
_STOPPED: Final = Text(
    "{selector} signs nothing more; its record stays for a week.",
    "{selector} での署名をやめました。レコードは 1 週間残します。",
)
_GONE: Final = Text("{selector} is withdrawn.", "{selector} を廃止しました。")
_PASSWORD: Final = Text("This is not your password.", "パスワードが正しくありません。")
_USE: Final = Text("For", "用途")
_KIND: Final = Text("Kind", "種類")
_SELECTOR: Final = Text("Selector (empty: the next free one)", "セレクター (空欄なら次の空き番号)")
_PEM: Final = Text("Private key (PEM)", "秘密鍵 (PEM)")
_SELECTORS: Final = {
    "dkim.rsa": Text("Selector of the RSA key", "RSA 鍵のセレクター"),
    "dkim.ed25519": Text("Selector of the Ed25519 key", "Ed25519 鍵のセレクター"),
    "domainkeys.selector": Text("Selector of the DomainKeys key", "DomainKeys 鍵のセレクター"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A key as the page shows it; `wrong` stands beside the field for the password."""

    key: Key
    use: str
    kind: str
    steps: Sequence[Step]
    said: Text
    tone: str
    public_url: str
    private_url: str
    wrong: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that was sent in vain: which, what was typed, what is wrong."""

    verb: str = ""
    typed: Mapping[str, str] | None = None
    findings: Sequence[Finding] = ()

    def of(self, verb: str, name: str) -> str:
        return (self.typed or {}).get(name, "") if self.verb == verb else ""

    def at(self, verb: str, name: str) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if self.verb == verb and each.path == name)


@sensitive_post_parameters("pem")
@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def keys(request: Request, name: str) -> HttpResponseBase:
    line = directory.one(request.caller, "domains", name)
    if request.method != "POST":
        return _page(request, line.key)
    verb = request.POST.get("verb", "")
    posted = {key.removeprefix(f"{verb}-"): str(value) for key, value in request.POST.items()}
    if "use" in posted:  # a suggestion's button
        posted["selector"] = posted["use"].partition("=")[2]
    try:
        match verb:
            case "generate":
                kind: Kind = "ed25519" if posted.get("kind") == "ed25519" else "rsa"
                made = signing_keys.generate(request.caller, line.key, _use(posted), kind, posted.get("selector"))
                tell(request, _MADE.with_(selector=made.selector))
            case "upload":
                there = request.FILES.get("upload-file")
                text = there.read(_LONGEST).decode("latin-1") if there else posted.get("pem", "")
                made = signing_keys.upload(request.caller, line.key, text, _use(posted), posted.get("selector"))
                tell(request, _TAKEN_IN.with_(selector=made.selector))
            case "rotate":
                new = signing_keys.rotate(request.caller, line.key, _use(posted))
                tell(request, _ROTATED.with_(selectors=", ".join(each.selector for each in new)))
            case "withdraw":
                after = signing_keys.withdraw(request.caller, line.key, posted.get("selector", ""))
                tell(request, (_STOPPED if after.state == "retiring" else _GONE).with_(selector=after.selector))
            case "signing":
                return _signing(request, line.key, posted)
    except Refused as refused:
        posted.pop("pem", None)  # it is not sent back
        return _page(request, line.key, Posted(verb, posted, refused.findings))
    return redirect("keys", line.key)


@require_safe
@behind_log_in
def key_public(request: Request, name: str, selector: str) -> HttpResponseBase:
    """p= as a file: base64, as in DNS."""
    directory.one(request.caller, "domains", name)
    key = signing_keys.one(request.caller, name, selector)
    return _file(key.public + "\n", f"{key.selector}.{key.domain}.public.txt")


@sensitive_post_parameters("password")
@never_cache
@require_POST
@behind_log_in
def key_private(request: Request, name: str, selector: str) -> HttpResponseBase:
    """The private half, after the operator's password: a session that was left open must not be enough."""
    line = directory.one(request.caller, "domains", name)
    key = signing_keys.one(request.caller, line.key, selector)
    caller = request.caller
    wrong = log_in.locked(caller.who, caller.network)
    if wrong is None and not request.user.check_password(request.POST.get("password", "")):
        log_in.failed(caller.who, caller.network)
        wrong = Finding("wrong-password", "password", _PASSWORD)
    if wrong is not None:
        return _page(request, line.key, Posted(f"private {key.selector}", {}, [wrong]))
    answer = _file(signing_keys.private_pem(caller, line.key, key.selector), f"{key.selector}.{key.domain}.private.pem")
    answer["Cache-Control"] = "no-store"
    return answer


def _file(text: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(text, content_type="application/octet-stream", headers=headers)


def _use(posted: Mapping[str, str]) -> Use:
    return "domainkeys" if posted.get("for") == "domainkeys" else "dkim"


def _signing(request: Request, domain: str, posted: Mapping[str, str]) -> HttpResponseBase:
    """What the domain signs with: a setting, and so staged."""
    wanted = {
        "dkim": {
            "enabled": "dkim.enabled" in posted,
            "rsa": posted.get("dkim.rsa", "").strip() or None,
            "ed25519": posted.get("dkim.ed25519", "").strip() or None,
        },
        "domainkeys": {
            "enabled": "domainkeys.enabled" in posted,
            "selector": posted.get("domainkeys.selector", "").strip() or "default",
        },
    }
    if wanted == encode(_of(request, domain)):
        note(request, NOTHING)
        return redirect("keys", domain)
    staged = drafts.stage(request.caller, [Wanted((*_SIGNING, domain), wanted)])
    if staged.ok:
        tell(request, SAVED, staged.findings)
    else:
        complain(request, staged.findings)
    return redirect("keys", domain)


def _of(request: Request, domain: str) -> DomainSigning:
    return DomainSigning.model_validate(looked_up(drafts.view(request.caller).settings, (*_SIGNING, domain)) or {})


def _page(request: Request, domain: str, posted: Posted | None = None) -> HttpResponseBase:
    posted = posted or Posted()
    live = views.live().row("domains", domain) is not None
    zone = zone_checks.last(request.caller, domain) if live else None
    found = signing_keys.listed(request.caller, domain) if live else []
    shown = [_row(key, zone, posted) for key in found]
    context = {
        "domain": domain,
        "live": live,
        "rows": [row for row in shown if row.key.state != "withdrawn"],
        "withdrawn": [row for row in shown if row.key.state == "withdrawn"],
        "noted": domain_notes.noted(request.caller, [domain]).get(domain) if live else None,
        "open": posted.verb,
        "generate": _form(posted, "generate"),
        "upload": _form(posted, "upload"),
        "rotates": list(dict.fromkeys((row.key.use, row.use) for row in shown if row.key.state == "active")),
        "signing": _switches(request, domain) if may(request.caller, "stage") else None,
        "keys_url": reverse("keys", args=[domain]),
        "domain_url": page("domain", domain),
        "zone_url": reverse("zone", args=[domain]),
    }
    return render(request, "pages/keys.html", context, status=422 if posted.findings else 200)


def _row(key: Key, zone: DomainZone | None, posted: Posted) -> Row:
    name = f"{key.selector}._domainkey.{key.domain}"
    record = next((each.state for each in zone.records if each.record.name == name), None) if zone else None
    said, tone = waiting_for(key, record, published_here=zone is not None and zone.zone is not None)
    where = [key.domain, key.selector]
    verb = f"private {key.selector}"
    return Row(
        key,
        USES[key.use],
        KINDS[key.kind],
        life(key, record),
        said,
        tone,
        reverse("key_public", args=where),
        reverse("key_private", args=where),
        posted.findings if posted.verb == verb else (),
    )


def _form(posted: Posted, verb: str) -> list[Field]:
    def one_of(name: str, label: Text, values: Mapping[str, str]) -> Field:
        chosen = posted.of(verb, name)
        choices = tuple(Choice(value, plain(word), value == chosen) for value, word in values.items())
        return Field(
            f"{verb}-{name}",
            label,
            "select",
            chosen,
            choices=choices,
            findings=posted.at(verb, "key" if name == "kind" else name),
        )

    fields = [one_of("for", _USE, USES)]
    if verb == "generate":
        fields.append(one_of("kind", _KIND, {kind: KINDS[kind] for kind in get_args(Kind)}))
    else:
        fields.append(Field("upload-pem", _PEM, "lines", "", findings=posted.at(verb, "key")))
    selector = Field(
        f"{verb}-selector", _SELECTOR, "text", posted.of(verb, "selector"), findings=posted.at(verb, "selector")
    )
    return [*fields, selector]


def _switches(request: Request, domain: str) -> dict[str, Any]:
    signing = _of(request, domain)
    place = (*_SIGNING, domain)
    return {
        "dkim": signing.dkim.enabled,
        "domainkeys": signing.domainkeys.enabled,
        "staged": any(each.edit.place == place for each in drafts.listed(request.caller, ["authentication"])),
        "selectors": [
            Field(name, _SELECTORS[name], "text", value or "")
            for name, value in (
                ("dkim.rsa", signing.dkim.rsa),
                ("dkim.ed25519", signing.dkim.ed25519),
                ("domainkeys.selector", signing.domainkeys.selector),
            )
        ],
    }


urlpatterns = [
    path("domains/<str:name>/keys/", keys, name="keys"),
    path("domains/<str:name>/keys/<str:selector>/public/", key_public, name="key_public"),
    path("domains/<str:name>/keys/<str:selector>/private/", key_private, name="key_private"),
]

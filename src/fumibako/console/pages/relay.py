"""The smart relay (スマートリレー): the routes, and one of them. Passwords count at once, everything else is staged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from fumibako.actions import drafts, secrets
from fumibako.actions import view as views
from fumibako.actions.checking import Wanted
from fumibako.console.pages import relay_form
from fumibako.console.pages.applying import begun
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.proposed import Proposed
from fumibako.console.pages.relay_form import SEGMENTS, Named
from fumibako.console.pages.told import NOTHING, UNDONE, complain, note, tell
from fumibako.console.peer import Request
from fumibako.document.settings import parse
from fumibako.features.relay import words
from fumibako.features.relay.check import check_relay
from fumibako.features.relay.presets import PRESETS
from fumibako.features.relay.routes import domain_spelling, sender_spelling
from fumibako.features.relay.section import Route
from fumibako.schema.finding import Finding, errors
from fumibako.schema.place import Json, looked_up, written
from fumibako.schema.text import Text, plain

ADDED: Final = Text("The route for {route} will be added.", "{route} の中継先を追加します（未適用）。")
CHANGED: Final = Text("The route for {route} will be changed.", "{route} の中継先を変更します（未適用）。")
REMOVED: Final = Text("The route for {route} will be deleted.", "{route} の中継先を削除します（未適用）。")
PASSWORD: Final = Text("The password for {route} is set.", "{route} のパスワードを設定しました。")
_THERE: Final = Text("There is a route for {route} already.", "{route} の中継先はすでにあります。")
_NAMES: Final = {
    "default": Text("everything else", "それ以外のすべて"),
    "domain": Text("mail to {domain}", "{domain} 宛て"),
    "sender": Text("mail from {domain}", "{domain} から"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A route in the list; `mark` as in parts/state.html. `waits` says that it wants a password and has none."""

    name: str
    kind: str
    label: Text
    to: str
    tls: Text
    username: str
    waits: bool
    mark: str
    url: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line of the summary above the form."""

    message: Text
    anchor: str
    where: Text | None


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def relay(request: Request) -> HttpResponseBase:
    if request.method == "POST":
        return _change(request)
    live, tree = views.live().settings, drafts.view(request.caller).settings
    known = frozenset(secrets.names(request.caller))
    settings = parse(tree)
    found = check_relay(settings.relay, settings.basics)
    rows = [_row(named, live, tree, known, found) for named in _every(live, tree)]
    context = {
        "rows": rows,
        "total": sum(row.mark != "added" for row in rows),
        "come_and_gone": drafts.ComeAndGone(
            sum(row.mark == "added" for row in rows), sum(row.mark == "removed" for row in rows)
        ),
        "has_default": settings.relay.default is not None,
        "fresh": request.GET.get("fresh", ""),
        "staged_here": any(row.mark for row in rows),
        "add_url": reverse("relay_add"),
        "presets": PRESETS,
    }
    return render(request, "pages/relay.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def relay_add(request: Request) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request, None, _begin(request.GET))
    posted = _posted(request)
    named = _spelled(relay_form.posted_name(posted))
    if looked_up(drafts.view(request.caller).settings, named.place) is not None:
        there = Finding("exists", written(named.place), _THERE.with_(route=_name(named)))
        return _page(request, None, posted, [there])
    return _save(request, named, posted, adding=True)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def relay_route(request: Request) -> HttpResponseBase:
    named = Named.read(request.GET.get("route", ""))
    route = looked_up(drafts.view(request.caller).settings, named.place) if named else None
    if named is None or route is None:
        raise Http404
    if request.method != "POST":
        return _page(request, named, relay_form.typed_values(route))
    return _save(request, named, _posted(request), adding=False)


def _save(request: Request, named: Named, posted: Mapping[str, str], *, adding: bool) -> HttpResponseBase:
    shown = None if adding else named
    staged = drafts.stage(request.caller, [Wanted(named.place, relay_form.values(posted))])
    if not staged.ok:
        return _page(request, shown, posted, staged.findings)
    password = posted.get("password", "")
    if password:
        put = secrets.put(request.caller, named.secret, password)
        if put.outcome == "refused":
            return _page(request, named, posted, put.findings)
        tell(request, PASSWORD.with_(route=_name(named)), put.findings)
    if staged.edits:
        tell(request, (ADDED if adding else CHANGED).with_(route=_name(named)), staged.findings)
    elif not password:
        note(request, NOTHING)
    return redirect(_back(named.written))


def _change(request: Request) -> HttpResponseBase:
    """What the list's forms say: remove, take back, apply."""
    posted = request.POST
    if posted.get("then") == "apply":
        return begun(request, Proposed(("relay",)))
    named = Named.read(posted.get("remove") or posted.get("undo", ""))
    if named is None:
        raise Http404
    if "remove" in posted:
        staged = drafts.stage(request.caller, [Wanted(named.place, None)])
        if staged.ok:
            tell(request, REMOVED.with_(route=_name(named)), staged.findings)
        else:
            complain(request, staged.findings)
    elif drafts.unstage(request.caller, written(named.place)):
        note(request, UNDONE)
    return redirect(_back(named.written))


def _page(
    request: Request, named: Named | None, typed: Mapping[str, str], findings: Sequence[Finding] = ()
) -> HttpResponseBase:
    """The form, of a new route where none is named."""
    adding = named is None
    wrong = errors(findings)
    context = {
        "adding": adding,
        "route": _name(named) if named else None,
        "options": relay_form.fields(
            typed,
            findings,
            adding=adding,
            password_set=named is not None and named.secret in secrets.names(request.caller),
        ),
        "errors": [_wrong(finding, adding=adding) for finding in wrong],
        "list_url": reverse("relay"),
        "add_url": reverse("relay_add"),
        "presets": PRESETS if adding else (),
    }
    return render(request, "pages/relay_route.html", context, status=422 if wrong else 200)


def _wrong(finding: Finding, *, adding: bool) -> Wrong:
    name = relay_form.field_of(finding, adding=adding)
    return Wrong(finding.message, f"f-{name}", relay_form.label(name))


def _begin(asked: QueryDict) -> dict[str, str]:
    """What a new route's form begins with."""
    preset = next((each for each in PRESETS if each.key == asked.get("preset")), None)
    route = preset.route if preset else Route()
    kind = asked.get("for", "default" if preset else "domain")
    return {**relay_form.typed_values(route.model_dump()), "kind": kind, "domain": asked.get("domain", "")}


def _posted(request: Request) -> dict[str, str]:
    posted = {name: str(value) for name, value in request.POST.items()}
    name, _, value = posted.pop("use", "").partition("=")
    return posted | ({name: value} if name else {})


def _spelled(named: Named) -> Named:
    if named.kind == "default":
        return named
    spelling = domain_spelling if named.kind == "domain" else sender_spelling
    return Named(named.kind, spelling(named.key))


def _every(live: Mapping[str, Json], tree: Mapping[str, Json]) -> Iterable[Named]:
    """The routes that serve or are staged: the default, then by domain."""
    for kind, segment in SEGMENTS.items():
        here, then = (looked_up(each, ("relay", segment)) or {} for each in (live, tree))
        if kind == "default":
            if here or then:
                yield Named(kind, "")
        else:
            yield from (Named(kind, key) for key in sorted({*here, *then}, key=lambda key: (key.lstrip("."), key)))


def _row(
    named: Named,
    live: Mapping[str, Json],
    tree: Mapping[str, Json],
    known: frozenset[str],
    found: Sequence[Finding],
) -> Row:
    before, after = looked_up(live, named.place), looked_up(tree, named.place)
    mark = "added" if before is None else "removed" if after is None else "" if before == after else "changed"
    route = Route.model_validate(after if after is not None else before)
    own = written(named.place)
    query = QueryDict(mutable=True)
    query["route"] = named.written
    return Row(
        named.written,
        named.kind,
        _name(named),
        words.place(route),
        words.TLS[route.tls_level],
        route.username or "",
        bool(route.username) and named.secret not in known,
        mark,
        f"{reverse('relay_route')}?{query.urlencode()}" if after is not None else "",
        tuple(each for each in found if after is not None and (each.path == own or each.path.startswith(own + "."))),
    )


def _name(named: Named) -> Text:
    return _NAMES[named.kind].with_(domain=plain(named.key))


def _back(fresh: str) -> str:
    query = QueryDict(mutable=True)
    query["fresh"] = fresh
    return f"{reverse('relay')}?{query.urlencode()}"


urlpatterns = [
    path("relay/", relay, name="relay"),
    path("relay/add/", relay_add, name="relay_add"),
    path("relay/route/", relay_route, name="relay_route"),
]

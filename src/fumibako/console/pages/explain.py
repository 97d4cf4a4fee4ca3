"""What would happen (このメールはどうなる?): a message's envelope in, the server's answer, the rule and the way out.

The questions stand in the address, so that an answer can be asked again; asking changes nothing.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from fumibako.actions import drafts, explain
from fumibako.actions import view as views
from fumibako.actions.permission import may
from fumibako.actions.proposal import of_draft
from fumibako.actions.trouble import Refused, Unanswered
from fumibako.console.pages.explain_words import FATES, FIELDS, HOPS, SERVICES_SHOWN, VERDICTS, Field, Stop
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.places import address_of, page
from fumibako.console.peer import Request
from fumibako.features.basics.services import SERVICE_NAMES
from fumibako.plan.explanation import Explanation
from fumibako.plan.route import Hop
from fumibako.schema.finding import Finding
from fumibako.schema.place import written
from fumibako.schema.text import plain

_LONGEST: Final = 400


@require_safe
@behind_log_in
def explained(request: Request) -> HttpResponseBase:
    asked = {name: request.GET.get(name, "").strip()[:_LONGEST] for name in (*FIELDS, "service", "staged")}
    found: Explanation | None = None
    findings: list[Finding] = []
    if asked["to"] or asked["from"]:
        try:
            found = _answer(request, asked)
        except (Refused, Unanswered) as trouble:
            findings = list(trouble.findings) or [Finding(trouble.code, "", trouble.message)]
    context = {
        "fields": [
            Field(name, *words, asked[name], tuple(each for each in findings if each.path == name))
            for name, words in FIELDS.items()
        ],
        "services": SERVICES_SHOWN,
        "service": asked["service"],
        "can_stage": may(request.caller, "stage") and bool(drafts.counts(request.caller)),
        "staged": bool(asked["staged"]),
        "wrong": [each for each in findings if each.path not in FIELDS],
        "result": found and _shown(request, found, draft=bool(asked["staged"])),
    }
    return render(request, "pages/explain.html", context, status=422 if findings else 200)


def _answer(request: Request, asked: dict[str, str]) -> Explanation:
    inquiry = explain.inquiry(
        request.caller,
        sender=asked["from"],
        recipient=asked["to"],
        client=asked["client"],
        helo=asked["helo"],
        login=asked["auth"],
        service=asked["service"],
    )
    if asked["staged"]:
        return explain.explain_with(request.caller, inquiry, of_draft(request.caller))
    return explain.explain(request.caller, inquiry)


def _shown(request: Request, found: Explanation, *, draft: bool) -> dict[str, Any]:
    word, icon, tone = VERDICTS[found.verdict]
    view = drafts.view(request.caller) if draft else views.live()

    def link(section: str, entry: str) -> str:
        chapter = section.partition(".")[0]
        if chapter in ("accounts", "aliases", "domains") and entry:
            there = view.row(chapter, entry) is not None
            return address_of(written((chapter, entry))) if there else page(chapter)
        if section in ("access.permitted_clients", "spam.blocked_senders") and entry:
            return _searching(page(chapter), entry)
        return address_of(section) or page(chapter)

    decided = next((step for step in reversed(found.steps) if step.fate in ("refused", "deferred")), None)
    if decided is None:
        decided = next((step for step in found.steps if step.fate == "permitted"), None)
    return {
        "inquiry": found.inquiry,
        "service": SERVICE_NAMES[found.inquiry.service],
        "client_name": found.client_name,
        "word": word,
        "icon": icon,
        "tone": tone,
        "reply": found.reply,
        "text": found.rule.text,
        "rule_url": link(found.rule.section, found.rule.entry) if found.rule.section else "",
        "entry": found.rule.entry,
        "checks": [
            Stop(
                FATES[step.fate][0],
                step.title,
                FATES[step.fate][1],
                f"decides {step.fate}" if step is decided else step.fate.replace(" ", "-"),
                link(step.section, ""),
                found.rule.text if step is decided else None,
            )
            for step in found.steps
        ],
        "route": [_hop(hop, link(hop.section, hop.entry) if hop.section else "") for hop in found.route],
        "unknown": found.unknown,
    }


def _hop(hop: Hop, url: str) -> Stop:
    icon, word = HOPS[hop.kind]
    return Stop(icon, plain(hop.address), word, hop.kind, url, None, hop.nexthop, hop.full)


def _searching(address: str, entry: str) -> str:
    query = QueryDict(mutable=True)
    query["q"] = entry
    return f"{address}?{query.urlencode()}"


urlpatterns = [path("explain/", explained, name="explain")]

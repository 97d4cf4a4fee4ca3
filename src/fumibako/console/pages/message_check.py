"""Test a message (メールを検査): a message that somebody pastes or uploads, every check with its reason, and what the server
would do. Whatever is in it is shown as text, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from fumibako.actions import message_check
from fumibako.actions.message_check import LARGEST, Checked
from fumibako.actions.trouble import Refused, Unanswered
from fumibako.console.pages.fields import Field
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.message_words import FIELDS, METHODS, TONES, VERDICTS
from fumibako.console.pages.places import page
from fumibako.console.peer import Request
from fumibako.schema.finding import Finding

_LONGEST: Final = 1_001
_SENT_BACK: Final = 200_000  # a larger message is not put into the page again


@sensitive_post_parameters("message")
@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def tested(request: Request) -> HttpResponseBase:
    typed = {name: request.POST.get(name, "").strip()[:_LONGEST] for name in ("client", "helo", "from", "login")}
    there = request.FILES.get("file")
    # A browser sends a field's lines with CRLF; what a field cannot carry comes as a file.
    octets = there.read(LARGEST + 1) if there else request.POST.get("message", "").encode("utf-8", "surrogateescape")
    found: Checked | None = None
    findings: Sequence[Finding] = ()
    if request.method == "POST":
        try:
            found = message_check.check(
                request.caller,
                octets,
                client=typed["client"],
                helo=typed["helo"],
                sender=typed["from"],
                login=typed["login"],
            )
        except (Refused, Unanswered) as trouble:
            findings = trouble.findings or (Finding(trouble.code, "", trouble.message),)
    context = {
        "fields": _fields(typed, findings),
        "message": "" if there or len(octets) > _SENT_BACK else request.POST.get("message", ""),
        "list_url": page("authentication"),
        "message_findings": [each for each in findings if each.path == "message"],
        "wrong": [each for each in findings if each.path not in (*FIELDS, "message")],
        "result": found and shown(found),
    }
    return render(request, "pages/message_check.html", context, status=422 if findings else 200)


def shown(found: Checked) -> dict[str, object]:
    word, icon, tone = VERDICTS[found.verdict]
    return {
        "word": word,
        "icon": icon,
        "tone": tone,
        "reply": found.reply,
        "own": found.standing != "outside",
        "signs": found.signs,
        "checks": [(METHODS[each.method], each, TONES.get(each.result, "")) for each in found.checks],
    }


def _fields(typed: Mapping[str, str], findings: Sequence[Finding]) -> list[Field]:
    return [
        Field(name, label, "text", typed[name], help=said, findings=tuple(e for e in findings if e.path == name))
        for name, (label, said) in FIELDS.items()
    ]


urlpatterns = [path("authentication/message/", tested, name="message_check")]

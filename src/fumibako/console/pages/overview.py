"""The overview (概要): is mail flowing, what is staged, what was done last; on a new server, what to do next."""

from __future__ import annotations

import math
import time
from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from fumibako.actions import status as statuses
from fumibako.actions import view as views
from fumibako.actions.status import Overview
from fumibako.console.pages import first_steps
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.places import address_of, page
from fumibako.console.peer import Request
from fumibako.features.basics.services import SERVICE_NAMES
from fumibako.schema.place import Json, looked_up
from fumibako.schema.text import Text

_FLOWING: Final = Text("Mail is flowing.", "メールは流れています。")
_SILENT: Final = Text("Some services do not answer: {names}.", "応答しないサービスがあります：{names}")
_UNSEEN: Final = Text(
    "The agent does not answer, so nobody can say how the services are.",
    "エージェントが応答しないため、サービスの状態が分かりません。",
)
_NO_FILTER: Final = Text(
    "The mail filter does not answer: mail waits until it does.",
    "メールフィルターが応答しません。応答するまでメールは待たされます。",
)
_ALWAYS: Final = Text("always", "常に")
_TLS: Final = {
    "none": None,
    "opportunistic": Text("offered", "有効"),
    "required": Text("required", "強制"),
}
_SOON_DAYS: Final = 14
_SIGNED: Final = Text("signed by {issuer}", "発行者 {issuer}")
_SELF_SIGNED: Final = Text("self-signed", "自己署名")
# Below a twentieth of the disk, or what a few large messages need, somebody should look.
_LEAST_ROOM: Final = 1 << 30
_BEFORE_LOG_IN: Final = Text("before log-in", "ログインに必須")
_PLAIN_TOO: Final = Text("offered", "有効")


@require_safe
@behind_log_in
def overview(request: Request) -> HttpResponseBase:
    if request.caller.domains is not None:
        return redirect("domains")
    seen = statuses.overview(request.caller)
    settings = views.live().settings
    services = [_service(name, told, settings) for name, told in seen.status["services"].items()]
    fresh = timezone.now() - seen.newest.created < timedelta(days=1)
    context = {
        "flowing": _flowing(seen, services),
        "services": services,
        "revision": seen.newest,
        "revision_url": page("history"),
        "waiting": _waiting(seen),
        "conflicts": seen.conflicts,
        "conflicts_url": page("conflicts"),
        "queue": {"count": seen.status["queue"], "history": None, "url": None},
        "certificate": _certificate(seen.status["certificate"], time.time()),
        "disk": _disk(seen.status["disk"]),
        "administrator": _administrator(seen),
        "drift": [{"file": file, "url": None} for file in seen.status["drift"]],
        "plots": [],
        "next_steps": first_steps.steps(seen, fresh=fresh),
        "client": first_steps.client(seen, settings),
    }
    return render(request, "pages/overview.html", context)


def _administrator(seen: Overview) -> dict[str, Any] | None:
    """What to say about the administrator, where mail to postmaster reaches nobody."""
    told = seen.status["administrator"]
    if told["reaches"] or not seen.totals["domains"]:
        return None
    return {"address": told["address"], "url": address_of("basics.administrator")}


def _flowing(seen: Overview, services: list[dict[str, Any]]) -> dict[str, Any]:
    if not seen.status["agent"]["answers"]:
        return {"ok": False, "text": _UNSEEN}
    if not seen.status["filter"]["answers"]:
        return {"ok": False, "text": _NO_FILTER}
    silent = [each["label"] for each in services if each["enabled"] and not each["answers"]]
    return {"ok": not silent, "text": _SILENT.with_(names=", ".join(silent)) if silent else _FLOWING}


def _service(name: str, told: dict[str, Any], settings: Json) -> dict[str, Any]:
    return {
        "label": SERVICE_NAMES.get(name, name),
        "address": told["address"],
        "enabled": told["enabled"],
        "answers": told["answers"],
        "tls": _tls(name, settings),
        "note": None,
    }


def _tls(name: str, settings: Json) -> Text | None:
    """When a session of the service is encrypted."""
    if name in {"smtps", "imaps", "pop3s"}:
        return _ALWAYS
    if name in {"imap", "pop3"}:
        return _PLAIN_TOO if looked_up(settings, ("basics", "services", name, "plaintext_auth")) else _BEFORE_LOG_IN
    return _TLS.get(looked_up(settings, ("basics", "services", name, "tls")))


def _certificate(told: dict[str, Any] | None, now: float) -> dict[str, Any] | None:
    if told is None:
        return None
    days = math.floor((told["not_after"] - now) / 86400)
    common = next((part[3:] for part in told["issuer"].split(",") if part.startswith("CN=")), told["issuer"])
    return {
        "subject": next(iter(told["names"]), ""),
        "days": max(0, days),
        "ok": days >= _SOON_DAYS,
        "text": _SELF_SIGNED if told["self_signed"] else _SIGNED.with_(issuer=common),
    }


def _disk(told: dict[str, int] | None) -> dict[str, Any] | None:
    if told is None:
        return None
    return {**told, "ok": told["free"] >= min(_LEAST_ROOM, told["total"] / 20)}


def _waiting(seen: Overview) -> dict[str, Any] | None:
    result = seen.running or seen.unconfirmed
    return {"url": page("run", result.run), "result": result} if result is not None and result.run else None


urlpatterns = [path("", overview, name="overview")]

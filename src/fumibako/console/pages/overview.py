"""The overview (概要): is mail flowing, what was done last."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_safe

from fumibako.actions import first_code
from fumibako.actions import status as statuses
from fumibako.features.basics.section import SERVICE_NAMES
from fumibako.schema.text import Text

_FLOWING = Text("Mail is flowing.", "メールは流れています。")
_SILENT = Text("Some services do not answer: {names}.", "応答しないサービスがあります: {names}。")


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("first_run" if first_code.needed() else "account_login")
    seen = statuses.overview(request.caller)  # type: ignore[attr-defined]  # set by the peer middleware
    services = [_service(name, told) for name, told in seen.status["services"].items()]
    silent = [each["label"] for each in services if each["enabled"] and not each["answers"]]
    context = {
        "flowing": {"ok": not silent, "text": _SILENT.with_(names=", ".join(silent)) if silent else _FLOWING},
        "services": services,
        "revision": seen.newest,
        "revision_url": "",
        "queue": {"count": seen.status["queue"] or 0, "history": [], "url": None},
        "conflicts": seen.conflicts,
        "drift": [{"file": file, "url": ""} for file in seen.status["drift"]],
    }
    return render(request, "pages/overview.html", context)


def _service(name: str, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": SERVICE_NAMES.get(name, name),
        "address": told["address"],
        "enabled": told["enabled"],
        "answers": told["answers"],
        "tls": None,
        "note": None,
    }


urlpatterns = [path("", overview, name="overview")]

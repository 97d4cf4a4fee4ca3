"""Samples of the smart relay."""

from __future__ import annotations

from types import SimpleNamespace as V
from typing import Any

from sample_frame import T

from fumibako.console.pages.relay_form import fields, typed_values
from fumibako.features.relay.presets import PRESETS
from fumibako.features.relay.section import Route
from fumibako.features.relay.words import TLS
from fumibako.schema.finding import Finding

HOST = T(
    "“192.168.0.300” is neither an address nor a host name.", "「192.168.0.300」はアドレスでもホスト名でもありません。"
)


def row(name: str, en: str, ja: str, to: str, tls: str = "opportunistic", mark: str = "", username: str = "") -> V:
    return V(
        name=name,
        label=T(en, ja),
        to=to,
        tls=TLS[tls],
        username=username,
        waits=bool(username),
        mark=mark,
        url="" if mark == "removed" else "#",
        findings=(),
    )


ROWS = [
    row("default", "everything else", "それ以外のすべて", "192.168.56.78:25"),
    row(
        "to:local.example.com",
        "mail to local.example.com",
        "local.example.com 宛て",
        "192.168.12.34:1025",
        mark="added",
    ),
    row("to:.example.org", "mail to .example.org", ".example.org 宛て", "[2001:db8::1]:25", "none", "removed"),
    row(
        "from:example.net",
        "mail from example.net",
        "example.net から",
        "smtp.example.net:587",
        "required",
        "changed",
        "hanako@example.net",
    ),
]


def relay(rows: list[V]) -> dict[str, Any]:
    return {
        "rows": rows,
        "total": len(rows) - 1 if rows else 0,
        "has_default": bool(rows),
        "fresh": "to:local.example.com",
        "staged_here": bool(rows),
        "add_url": "#",
        "presets": PRESETS,
    }


def route(*, adding: bool) -> dict[str, Any]:
    typed = typed_values(Route(host="192.168.0.300" if adding else "192.168.56.78").model_dump())
    finding = Finding("relay-host", "relay.domains[local.example.com].host", HOST, suggestion="192.168.0.30")
    return {
        "adding": adding,
        "route": None if adding else T("everything else", "それ以外のすべて"),
        "options": fields(
            {**typed, "kind": "domain", "domain": "local.example.com"},
            [finding] if adding else [],
            adding=adding,
            password_set=not adding,
        ),
        "errors": [V(message=HOST, anchor="f-host", where=T("Host", "ホスト"))] if adding else [],
        "list_url": "#",
        "add_url": "#",
        "presets": PRESETS if adding else (),
    }

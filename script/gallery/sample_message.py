"""Samples of the page that tests a message."""

from __future__ import annotations

from types import SimpleNamespace as V
from typing import Any

from fumibako.console.pages.fields import Field
from fumibako.console.pages.message_words import FIELDS, METHODS, TONES, VERDICTS
from fumibako.features.authentication.reasons import sentence

CHECKS = [
    (
        "spf",
        "mailfrom example.com",
        "pass",
        "spf-matched",
        {"domain": "example.com", "client": "192.0.2.1", "mechanism": "mx"},
    ),
    ("dkim", "s1 example.com", "fail", "body-mismatch", {}),
    ("domainkeys", "", "no signature", "no-signature", {}),
    ("dmarc", "example.com p=reject", "fail", "dmarc-not-aligned", {"domain": "example.com"}),
    ("arc", "", "none", "arc-none", {}),
]


def message_check(found: bool) -> dict[str, Any]:
    word, icon, tone = VERDICTS["reject"]
    rows = [
        (METHODS[method], V(of=of, result=result, reason=sentence(code, details, "")), TONES.get(result, ""))
        for method, of, result, code, details in CHECKS
    ]
    result = {
        "word": word,
        "icon": icon,
        "tone": tone,
        "reply": "550 5.7.1 DMARC policy of example.com: neither SPF nor DKIM aligned with example.com",
        "own": False,
        "signs": [],
        "checks": rows,
    }
    return {
        "fields": [Field(name, label, "text", help=said) for name, (label, said) in FIELDS.items()],
        "message": "From: <script>alert(1)</script>\n" if found else "",
        "list_url": "#",
        "message_findings": [],
        "wrong": [],
        "result": result if found else None,
    }

"""Samples of sender authentication."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace as V
from typing import Any

from sample_frame import T, option

from fumibako.document.settings import options


def _option(*place: str, checked: bool = False, kind: str = "switch") -> V:
    said = options()[place].option
    return option(".".join(place), said.label, kind, "", help=said.help, checked=checked)


_FAILED = T(
    "DMARC failed (spf=fail dkim=none), sent by 198.51.100.9",
    "DMARC に失敗 (spf=fail dkim=none)、送信元 198.51.100.9",
)


def row(domain: str, dkim: bool, domainkeys: bool, selectors: str = "", staged: bool = False) -> V:
    keys = T(f"signs with {selectors}", f"{selectors} で署名") if selectors else T("no key", "鍵なし")
    zone, tone = (T("in order", "正常"), "moss") if selectors else (T("2 to do", "要対応 2 件"), "vermilion")
    path = f"authentication.signing.{domain}"
    return V(
        domain=domain,
        dkim=dkim,
        domainkeys=domainkeys,
        keys=keys,
        zone=zone,
        tone=tone,
        signed=datetime(2026, 11, 24, 8, 12, tzinfo=UTC) if selectors else None,
        failure=None if staged else V(at=datetime(2026, 11, 23, 21, 40, tzinfo=UTC), said=_FAILED),
        staged=staged,
        path=path,
        keys_url="#",
        zone_url="#",
    )


def authentication(empty: bool) -> dict[str, Any]:
    rows = [
        row("example.jp", True, False, "s1, e1"),
        row("example.co.jp", True, True, "s1", staged=True),
        row("a-rather-long-name-of-a-department.example.or.jp", False, False),
    ]
    return {
        "errors": [],
        "first": [
            _option("authentication", "spf", "check", checked=True),
            _option("authentication", "dkim", "verify", checked=True),
        ],
        "more": [
            _option("authentication", "spf", "reject_fail"),
            _option("authentication", "dmarc", "check", checked=True),
            _option("authentication", "dmarc", "enforce"),
            _option("authentication", "arc", "trusted_sealers", kind="lines"),
        ],
        "more_open": not empty,
        "signing": [] if empty else rows,
        "next": None,
        "query": "",
        "domains_url": "#",
        "test_url": "#",
        "seen": "{}",
    }

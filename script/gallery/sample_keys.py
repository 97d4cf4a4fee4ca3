"""Samples of the pages of a domain's keys and DNS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as V
from typing import Any

from sample_frame import T

from fumibako.console.pages.fields import Choice, Field
from fumibako.console.pages.key_words import KINDS, USES, life, waiting_for
from fumibako.console.pages.zone_words import shown
from fumibako.schema.finding import Finding
from fumibako.schema.text import plain
from fumibako.zone.compare import Compared, State, across, weighed
from fumibako.zone.needed import MailDomain, PublishedKey, needed
from fumibako.zone.spf_cost import SpfCost, SpfTerm

DOMAIN = "example.jp"
MADE = datetime(2025, 4, 1, 9, 30, tzinfo=UTC)
_FAILURE = V(
    at=datetime(2026, 11, 23, 21, 40, tzinfo=UTC),
    said=T(
        "DMARC failed (spf=fail dkim=none), sent by 198.51.100.9",
        "DMARC に失敗 (spf=fail dkim=none)、送信元 198.51.100.9",
    ),
)
PUBLIC = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "0123456789abcdefghijklmnopqrstuvwxyz" * 9 + "IDAQAB"


def _row(selector: str, state: str, kind: str = "rsa", wrong: tuple[Finding, ...] = ()) -> V:
    bits = 2048 if kind == "rsa" else 256
    since = MADE + timedelta(days=3)
    key = V(domain=DOMAIN, selector=selector, use="dkim", kind=kind, bits=bits, state=state, since=since, made=MADE)
    record: State = "present" if state == "active" else "missing"
    said, tone = waiting_for(key, record, published_here=True)  # type: ignore[arg-type]
    return V(
        key=key,
        use=USES["dkim"],
        kind=KINDS[kind],
        steps=life(key, record),  # type: ignore[arg-type]
        said=said,
        tone=tone,
        public_url="#",
        private_url="#",
        wrong=wrong,
    )


def _select(name: str, label: Any, *values: str) -> Field:
    return Field(name, label, "select", choices=tuple(Choice(each, plain(each), False) for each in values))


def keys(empty: bool = False) -> dict[str, Any]:
    public = T(
        "This is a public key. Signing needs the private one; the public key is derived from it.",
        "これは公開鍵です。署名には秘密鍵が必要です (公開鍵は秘密鍵から作ります)。",
    )
    wrong = Finding("wrong-password", "password", T("This is not your password.", "パスワードが正しくありません。"))
    selector = T("Selector (empty: the next free one)", "セレクター (空欄なら次の空き番号)")
    rows = [_row("s1", "retiring"), _row("s2", "active", wrong=(wrong,)), _row("e1", "published", "ed25519")]
    pem = Field("upload-pem", T("Private key (PEM)", "秘密鍵 (PEM)"), "lines")
    return {
        "domain": DOMAIN,
        "live": True,
        "rows": [] if empty else rows,
        "withdrawn": [] if empty else [_row("s0", "withdrawn")],
        "noted": None if empty else V(signed=datetime(2026, 11, 24, 8, 12, tzinfo=UTC), deferred=None, failed=_FAILURE),
        "open": "" if empty else "upload",
        "generate": [
            _select("generate-for", T("For", "用途"), "DKIM", "DomainKeys"),
            _select("generate-kind", T("Kind", "種類"), "RSA", "Ed25519"),
            Field("generate-selector", selector, "text"),
        ],
        "upload": [
            _select("upload-for", T("For", "用途"), "DKIM", "DomainKeys"),
            pem if empty else Field(pem.name, pem.label, "lines", findings=(Finding("key-public", "key", public),)),
            Field("upload-selector", selector, "text"),
        ],
        "rotates": [] if empty else [("dkim", "DKIM")],
        "signing": {"dkim": True, "domainkeys": False, "staged": not empty, "selectors": []},
        "keys_url": "#",
        "domain_url": "#",
        "zone_url": "#",
    }


def _counted(found: Compared) -> Compared:
    if not found.record.value.startswith("v=spf1"):
        return found
    return weighed(found, SpfCost((SpfTerm("include:_spf.provider.example", 11), SpfTerm("mx", 1))))


def zone(checking: bool = False) -> dict[str, Any]:
    published = PublishedKey("s1", "dkim", "rsa", PUBLIC)
    wanted = needed(MailDomain(DOMAIN, "mail.example.jp", {"imaps": 993}, keys=[published]))
    said = {(each.name, each.type): (each.value,) for each in wanted}
    said[DOMAIN, "TXT"] = ("v=spf1 include:_spf.provider.example ~all",)
    said["s1._domainkey." + DOMAIN, "TXT"] = ()
    said["_dmarc." + DOMAIN, "TXT"] = ("v=DMARC1; p=none", "v=DMARC1; p=reject")
    behind = {key: () if key[0].startswith("_imaps") else values for key, values in said.items()}
    both = {"ns1.example.jp": said, "ns2.example.net": behind}
    found = tuple(Compared(each, "unknown", ()) if checking else _counted(across(each, both)) for each in wanted)
    checked = None if checking else MADE
    servers = () if checking else ("ns1.example.jp", "ns2.example.net")
    domain = V(zone=None if checking else DOMAIN, checked=checked, servers=servers, findings=(), well=False)
    options = [
        Field("zone", T("Zone", "ゾーン"), "text", DOMAIN),
        Field("secret", T("TSIG secret", "TSIG の秘密鍵"), "secret", help=T("Base64.", "Base64。")),
    ]
    primary = {"program": "knot", "readable": True, "key_name": "fumibako", "path": "/etc/knot/knot.conf"}
    return {
        "domain": DOMAIN,
        "live": True,
        "zone": domain,
        "records": [shown(each, DOMAIN) for each in found],
        "poll": 1.0 if checking else None,
        "zone_url": "#",
        "keys_url": "#",
        "domain_url": "#",
        "access": {"open": not checking, "zone": None, "primaries": [primary] if checking else [], "options": options},
    }

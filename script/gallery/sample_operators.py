"""Samples of operators: lines as ``fumibako.actions.operator_list`` gives them."""

from __future__ import annotations

from types import SimpleNamespace as V
from typing import Any

from sample_frame import AGO, NOW, T, choice, option

from fumibako.schema.finding import Finding

SERVER, DOMAIN = T("Server administrator", "サーバー管理者"), T("Domain administrator", "ドメイン管理者")
MISSING = T("There is no domain exmaple.org here.", "ドメイン exmaple.org はありません。")


def row(name: str, role: T, domains: tuple[str, ...] = (), *, yourself: bool = False, **more: Any) -> dict[str, Any]:
    line = {"active": True, "has_password": True, "invited": None, "last_login": NOW - AGO(hours=2), **more}
    return {"line": V(name=name, domains=domains, **line), "role": role, "yourself": yourself}


MANY = tuple(f"customer{number}.example.jp" for number in range(12))
ROWS = [
    row("hanako", SERVER, yourself=True),
    row("jiro", DOMAIN, ("example.org", "xn--wgv71a119e.jp")),
    row("new@example.org", DOMAIN, MANY, has_password=False, invited=NOW + AGO(days=7), last_login=None),
    row("taro", SERVER, active=False),
]


def _rights(found: list[Finding]) -> list[V]:
    help_text = T(
        "One a line. A domain administrator sees and changes the accounts, aliases and quotas of these domains.",
        "1 行に 1 つ。ドメイン管理者は、このドメインのアカウント・エイリアス・容量制限だけを表示・変更できます。",
    )
    choices = [choice("server_admin", SERVER), choice("domain_admin", DOMAIN, True)]
    return [
        option("role", T("Role", "役割"), "select", choices=choices),
        option("domains", T("Domains", "ドメイン"), "lines", "exmaple.org", help=help_text, findings=found),
    ]


def operators() -> dict[str, Any]:
    found = [Finding("no-such-domain", "domains", MISSING)]
    return {
        "rows": ROWS,
        "operator_url": "/operators/",
        "options": [
            option("name", T("Name", "運営者名"), "text", "saburo"),
            *_rights(found),
            option("password", T("Password", "パスワード"), "secret", autocomplete="new-password"),
        ],
        "errors": found,
    }


def operator() -> dict[str, Any]:
    return {
        "operator": ROWS[1],
        "options": [*_rights([]), option("active", T("May log in", "ログインを許可"), "switch", checked=True)],
        "errors": [],
        "list_url": "#",
        "code_url": "#",
        "remove_url": "#",
    }


CODE: dict[str, Any] = {
    "name": "jiro",
    "code": "Zm9yLXBpY3R1cmVzLW9ubHktbm90LWEtY29kZS0wMDAw",
    "address": "https://mail.example.jp:20443/invitation/",
    "list_url": "#",
}

"""Samples of domains and accounts."""

from __future__ import annotations

from types import SimpleNamespace as V
from typing import Any

from sample_frame import AGO, NOW, T, option

from fumibako.schema.finding import Finding

DOMAINS = [
    V(
        key="example.jp",
        name="example.jp",
        ascii="",
        accounts=1204,
        primary=True,
        state="",
        fresh=False,
        note=None,
        url="#",
        fixed=T("primary", "主ドメインは削除できません"),
        findings=[],
    ),
    V(
        key="xn--wgv71a119e.jp",
        name="日本語.jp",
        ascii="xn--wgv71a119e.jp",
        accounts=12,
        primary=False,
        state="",
        fresh=False,
        note=None,
        url="#",
        fixed=None,
        findings=[],
    ),
    V(
        key="example.org",
        name="example.org",
        ascii="",
        accounts=0,
        primary=False,
        state="added",
        fresh=True,
        note=None,
        url="#",
        fixed=None,
        findings=[],
    ),
    V(
        key="old.example.net",
        name="old.example.net",
        ascii="",
        accounts=3,
        primary=False,
        state="removed",
        fresh=False,
        note=T("its 3 accounts are deleted too", "アカウント 3 件も削除されます"),
        url="#",
        fixed=None,
        findings=[],
    ),
]

DOMAIN_BAD = V(
    url="#",
    value="exmaple..jp",
    findings=[
        Finding(
            "domain.empty_label",
            "domains",
            T(
                "“exmaple..jp” has two dots in a row. A domain is words joined by single dots.",
                "「exmaple..jp」は点が続いています。ドメインは言葉を点ひとつでつなぎます。",
            ),
            suggestion="exmaple.jp",
        )
    ],
)

ACCOUNTS = [
    V(
        key="1",
        address="hanako.yamada@example.jp",
        name="山田花子",
        enabled=True,
        state="",
        fresh=False,
        note=None,
        changed=NOW - AGO(days=40),
        url="#",
        findings=[],
    ),
    V(
        key="2",
        address="taro@example.jp",
        name="鈴木太郎",
        enabled=True,
        state="changed",
        fresh=True,
        note=T("name: 鈴木 → 鈴木太郎", "名前：鈴木 → 鈴木太郎"),
        changed=NOW - AGO(days=2),
        url="#",
        findings=[],
    ),
    V(
        key="3",
        address="info@example.org",
        name="",
        enabled=True,
        state="added",
        fresh=False,
        note=None,
        changed=None,
        url="#",
        findings=[],
    ),
    V(
        key="4",
        address="retired.person@example.jp",
        name="佐藤 一",
        enabled=False,
        state="removed",
        fresh=False,
        note=T("mail kept for 30 days", "メールは 30 日間保管"),
        changed=NOW - AGO(days=400),
        url="#",
        findings=[],
    ),
    V(
        key="5",
        address="a.very.long.local.part.that.somebody.really.uses@mail.department.example.jp",
        name="Christopher Featherstonehaugh",
        enabled=False,
        state="",
        fresh=False,
        note=None,
        changed=NOW - AGO(days=7),
        url="#",
        findings=[],
    ),
    V(
        key="6",
        address="postmaster@example.jp",
        name="",
        enabled=True,
        state="",
        fresh=False,
        note=T("mail itself needs this name", "メールに必要な名前です"),
        changed=NOW - AGO(days=90),
        url="#",
        findings=[],
    ),
]


def accounts(**more: object) -> dict[str, Any]:
    return {
        "query": "",
        "per_page": 10,
        "page_sizes": [10, 25, 50, 100],
        "domain": "",
        "domains": ["example.jp", "example.org"],
        "rows": ACCOUNTS,
        "total": 1_204_311,
        "found": 1_204_311,
        "pager": V(previous_url="#", next_url="#"),
        "add_url": "#",
        "action": "#",
        **more,
    }


def account(adding: bool) -> dict[str, Any]:
    fields = [
        option(
            "address",
            T("Address", "アドレス"),
            "text",
            "hanako@exmaple.jp" if adding else "hanako.yamada@example.jp",
            help=T("Without @ it belongs to example.jp.", "@ がなければ example.jp に属します。"),
            findings=[
                Finding(
                    "address.domain_not_hosted",
                    "accounts",
                    T(
                        "This server does not accept mail for exmaple.jp.",
                        "このサーバーは exmaple.jp 宛てのメールを受け付けていません。",
                    ),
                    suggestion="hanako@example.jp",
                )
            ]
            if adding
            else [],
        ),
        option("name", T("Name", "名前"), "text", "山田花子"),
        option(
            "enabled",
            T("May receive, read and send", "受信・閲覧・送信できる"),
            "switch",
            checked=True,
            staged=not adding,
            live=T("off", "停止"),
        ),
    ]
    if adding:
        fields.insert(
            2,
            option(
                "password",
                T("Password", "パスワード"),
                "secret",
                "",
                help=T("12 characters and more.", "12 文字以上。"),
                autocomplete="new-password",
            ),
        )
    return {
        "adding": adding,
        "account": None if adding else V(address="hanako.yamada@example.jp", state="changed", enabled=True),
        "options": fields,
        "list_url": "#",
        "errors": [
            V(
                anchor="f-address",
                where=T("Address", "アドレス"),
                message=T(
                    "This server does not accept mail for exmaple.jp.",
                    "このサーバーは exmaple.jp 宛てのメールを受け付けていません。",
                ),
            )
        ]
        if adding
        else [],
        "password_url": "#",
        "remove_url": "#",
        "undo_url": "#",
        "grace_days": 30,
    }

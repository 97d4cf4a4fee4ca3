"""Samples of domains and accounts: lines as ``fumibako.actions.directory`` gives them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as V
from typing import Any

from sample_frame import T, option

from fumibako.console.pages.account_reply import reply_fields
from fumibako.schema.finding import Finding


def line(
    key: str, mark: str = "", accounts: int = 0, aliases: int = 0, last_login: datetime | None = None, **row: object
) -> V:
    return V(key=key, mark=mark, changed=(), accounts=accounts, aliases=aliases, last_login=last_login, row=row)


DOMAINS = [
    line("example.jp", accounts=1204),
    line("xn--wgv71a119e.jp", accounts=12),
    line("example.org", "added"),
    line("old.example.net", "removed", accounts=3, aliases=2),
]
DOMAIN_LIST: dict[str, Any] = {"primary_domain": "example.jp", "domain_url": "/domains/", "fresh": "example.org"}
TWO_DOTS = T(
    "“exmaple..jp” has two dots in a row. A domain is words joined by single dots.",
    "「exmaple..jp」は点が続いています。ドメインは言葉を点ひとつでつなぎます。",
)
DOMAIN_BAD = V(
    url="#", value="exmaple..jp", findings=[Finding("domain.empty_label", "domains", TWO_DOTS, suggestion="exmaple.jp")]
)

SEEN = datetime(2026, 8, 9, 0, 41, tzinfo=UTC)
SECRET = {"password_hash": "***", "quota_mb": None}
LONG = "a.very.long.local.part.that.somebody.really.uses@mail.department.example.jp"
ACCOUNTS = [
    line("hanako.yamada@example.jp", name="山田花子", enabled=True, last_login=SEEN, **SECRET),
    line("taro@example.jp", "changed", last_login=SEEN - timedelta(days=40), name="鈴木太郎", enabled=True, **SECRET),
    line("info@example.org", "added", name="", enabled=True, password_hash=None),
    line("retired.person@example.jp", "removed", name="佐藤 一", enabled=False, **SECRET),
    line(LONG, name="Christopher Featherstonehaugh", enabled=False, **SECRET),
    line("postmaster@example.jp", name="", enabled=True, **SECRET),
]


def accounts(**more: object) -> dict[str, Any]:
    shown = {
        "query": "",
        "per_page": 10,
        "page_sizes": [10, 25, 50, 100],
        "domain": "",
        "domains": ["example.jp", "example.org"],
    }
    total = {
        "rows": ACCOUNTS,
        "total": 1_204_311,
        "found": 1_204_311,
        "more": False,
        "pager": V(previous_url="#", next_url="#"),
    }
    return {
        **shown,
        **total,
        "add_url": "#",
        "csv_url": "#",
        "account_url": "/accounts/",
        "action": "#",
        "fresh": "taro@example.jp",
        "may_show_system": True,
        "system": None,
        **more,
    }


def _user(name: str, uid: int, gecos: str, said: T, **more: Any) -> V:
    shown = {"used": 0, "live": None, "limit": None, "percent": None, "mark": "", "receives": said is RECEIVES, **more}
    return V(
        name=name, uid=uid, gecos=gecos, address=f"{name}@example.jp", said=said, changed=bool(shown["mark"]), **shown
    )


RECEIVES = T("receives mail", "受信します")
HIDDEN = T(
    "an account of this address is here: mail goes to it",
    "同じアドレスのアカウントがあり、メールはそちらに届きます",
)
ROOTS = T("no mailbox: mail goes to the administrator", "メールボックスなし（メールは管理者に届きます）")
NEVER = T("no mailbox", "メールボックスなし")
SYSTEM = [
    _user("daemon", 1, "daemon", NEVER),
    _user("jiro", 1001, "次郎 鈴木", RECEIVES, used=498_073_600, live=500, limit=500, percent=95),
    _user("ken", 1002, "", HIDDEN),
    _user("mika", 1003, "Mika", RECEIVES, used=12_073_600, limit=200, mark="changed"),
    _user("nobody", 65534, "nobody", NEVER),
    _user("root", 0, "root", ROOTS),
]


NOT_HOSTED = T(
    "This server does not accept mail for exmaple.jp.", "このサーバーは exmaple.jp 宛てのメールを受け付けていません。"
)


REPLY = {
    "enabled": True,
    "first_day": "2026-08-10",
    "last_day": "2026-08-20",
    "subject": "夏季休暇のお知らせ",
    "text": "8 月 20 日まで休暇をいただいております。\nお急ぎの方は info@example.jp までご連絡ください。",
    "days": 7,
    "addresses": ["info@example.jp"],
}


def account(adding: bool) -> dict[str, Any]:
    finding = Finding("address.not_hosted", "address", NOT_HOSTED, suggestion="hanako@example.jp")
    belongs = T("Without @ it belongs to example.jp.", "@ がなければ example.jp に属します。")
    address = option("address", T("Address", "アドレス"), "text", "hanako@exmaple.jp", help=belongs, findings=[finding])
    secret = option(
        "password",
        T("Password", "パスワード"),
        "secret",
        help=T("12 characters and more.", "12 文字以上。"),
        autocomplete="new-password",
    )
    in_use = T(
        "Off: nobody can log in or send as it; its mail is kept.",
        "オフにするとログインも送信もできません。届いたメールは保管されます。",
    )
    enabled = option(
        "enabled",
        T("In use", "使用する"),
        "switch",
        help=in_use,
        checked=True,
        staged=not adding,
        live=T("off", "オフ"),
    )
    name = option("name", T("Name", "名前"), "text", "山田花子")
    return {
        "adding": adding,
        "account": None
        if adding
        else line("hanako.yamada@example.jp", "changed", last_login=SEEN, name="山田花子", enabled=True),
        "reply": reply_fields(REPLY, ()),
        "reply_mark": option(
            "vacation", T("Automatic reply", "自動返信"), "switch", staged=True, live=T("off", "オフ")
        ),
        "apps": None
        if adding
        else [V(name="iPhone", made=SEEN), V(name="Thunderbird 会社", made=SEEN - timedelta(days=90))],
        "options": [address, name, secret, enabled] if adding else [name, enabled],
        "errors": [finding] if adding else [],
        "list_url": "#",
        "password_url": "#",
        "remove_url": "#",
        "undo_url": "#",
    }


def accounts_csv(**more: object) -> dict[str, Any]:
    columns = ["address", "name", "password", "password_hash", "quota_mb", "enabled", "may_send", "may_receive"]
    urls = dict.fromkeys(("list_url", "csv_url", "download_url", "review_url", "import_url"), "#")
    return {"columns": columns, "errors": [], **urls, **more}


def accounts_import(outcome: str, **more: object) -> dict[str, Any]:
    job = V(phase="hashing", done=1_204, total=10_000, added=9_871, changed=29)
    poll = 0.7 if outcome == "running" else None
    shown = {"job": job, "outcome": outcome, "poll": poll, "polled": False, "unchanged": 100, "warnings": []}
    return accounts_csv(**shown | more)

"""What every sample is made of: options, the frame and its chapters."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace as V
from typing import Any

from fumibako.schema.text import Text

T = Text

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)

AGO = dt.timedelta


def option(name: str, label: Text, kind: str = "text", value: object = "", **more: object) -> V:
    parts: dict[str, Any] = {
        "help": None,
        "unit": None,
        "default": None,
        "parameter": "",
        "staged": False,
        "live": "",
        "findings": [],
        "choices": [],
        "checked": False,
    }
    return V(name=name, label=label, kind=kind, value=value, **{**parts, **more})


def choice(value: str, label: Text, selected: bool = False) -> V:
    return V(value=value, label=label, selected=selected)


def chapters(current: str) -> list[V]:
    def item(key: str, label: Text, icon: str, staged: int = 0, problem: Text | None = None) -> V:
        return V(url=f"#{key}", label=label, icon=icon, current=key == current, staged=staged, problem=problem)

    return [
        V(title=None, items=[item("overview", T("Overview", "概要"), "layout-dashboard")]),
        V(
            title=T("Mail server", "メールサーバー"),
            items=[
                item("basics", T("Basic settings", "基本設定"), "sliders-horizontal", staged=2),
                item("access", T("Access control", "アクセス制御"), "shield-check"),
                item("quotas", T("Mailbox quota", "スプール容量制限"), "gauge"),
                item("bulk", T("Bulk quota", "スプール容量制限一括設定"), "list-checks"),
                item("aliases", T("Aliases", "エイリアス設定"), "split"),
                item("relay", T("Smart relay", "スマートリレー"), "route"),
                item("spam", T("Spam rejection", "スパム拒否設定"), "ban"),
                item(
                    "authentication",
                    T("Sender authentication", "送信者認証設定"),
                    "badge-check",
                    problem=T("DNS has a problem", "DNS に問題があります"),
                ),
            ],
        ),
        V(
            title=T("Domains and accounts", "ドメインとアカウント"),
            items=[
                item("domains", T("Domains", "ドメイン"), "globe"),
                item("accounts", T("Accounts", "アカウント"), "users", staged=1),
            ],
        ),
        V(
            title=T("Operation", "運用"),
            items=[
                item("explain", T("What would happen", "このメールはどうなる?"), "mail-question-mark"),
                item("queue", T("Queue", "キュー"), "inbox"),
                item("health", T("Health", "健全性"), "activity"),
            ],
        ),
        V(title=None, items=[item("history", T("History", "履歴"), "history")]),
    ]


def frame(current: str, *, staged: bool, theme: str) -> V:
    return V(
        chapters=chapters(current),
        home_url="/",
        search_url="/search/",
        help_url="/help/",
        language_url="/language/",
        theme_url="/theme/",
        theme=theme,
        path="/",
        logout_url="/accounts/logout/",
        operator=V(name="suzuki", role=T("Server administrator", "サーバー管理者"), security_url="/accounts/2fa/"),
        staged=V(
            count=3,
            chapters=[
                V(label=T("Basic settings", "基本設定"), count=2, url="#"),
                V(label=T("Accounts", "アカウント"), count=1, url="#"),
            ],
            review_url="/plan/",
            discard_url="/discard/",
            apply_url="/apply/",
        )
        if staged
        else None,
    )


NO_PAGES = V(previous_url=None, next_url=None)

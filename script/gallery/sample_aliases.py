"""Samples of aliases."""

from __future__ import annotations

from types import SimpleNamespace as V
from typing import Any

from sample_directory import line
from sample_frame import T, option

from fumibako.schema.finding import Finding

COMMAND = T(
    "“|/bin/sh” would run a command. An alias leads to addresses only.",
    "「|/bin/sh」はコマンドの実行になります。エイリアス値に書けるのはアドレスだけです。",
)
NAME = T("Alias to add", "追加エイリアス名")
TARGETS = T("Targets", "エイリアス値")
TARGETS_HELP = T(
    "One a line: an account's name or any address.", "1 行に 1 つ。アカウント名、または任意のメールアドレス。"
)
NAME_HELP = T(
    "A name belongs to example.jp if it has no @; @example.jp catches every other name.",
    "@ を書かなければ example.jp に属します。@example.jp と書くと、登録のない名前をすべて受けます。",
)


def entry(key: str, mark: str, *first: str, more: int = 0) -> V:
    return V(line=line(key, mark, targets=list(first)), first=first, more=more)


ROWS = [
    entry("@example.org", "", "hanako.yamada@example.jp"),
    entry("all@example.jp", "", "a@example.jp", "b@example.jp", "c@example.jp", more=9_997),
    entry("info@example.jp", "changed", "hanako.yamada@example.jp", "partner@example.org"),
    entry("sales.department.of.the.head.office@mail.department.example.jp", "added", "taro@example.jp"),
    entry("old@example.jp", "removed", "retired.person@example.jp"),
]


def aliases(wrong: bool = False, **more: object) -> dict[str, Any]:
    finding = Finding("target-command", "aliases/info2@example.jp/targets", COMMAND)
    text = "|/bin/sh\ntaro" if wrong else ""
    found = [finding] if wrong else []
    shown = {
        "options": [
            option("address", NAME, "text", "info2" if wrong else "", help=NAME_HELP),
            option("targets", TARGETS, "lines", text, help=TARGETS_HELP, findings=found),
        ],
        "errors": [V(message=COMMAND, anchor="f-targets", where=None)] if wrong else [],
        "query": "",
        "domain": "",
        "per_page": 10,
        "page_sizes": [10, 25, 50, 100],
        "rows": ROWS,
        "alias_url": "/aliases/",
        "fresh": "info@example.jp",
        "total": 1_000_004,
        "found": 1_000_004,
        "more": False,
        "pager": V(previous_url="#", next_url="#"),
        "action": "#",
        "csv_url": "#",
    }
    return {**shown, **more}


def alias() -> dict[str, Any]:
    field = option(
        "targets",
        TARGETS,
        "lines",
        "hanako.yamada@example.jp\npartner@example.org",
        help=TARGETS_HELP,
        staged=True,
        live="hanako.yamada@example.jp",
    )
    return {
        "alias": ROWS[2].line,
        "options": [field],
        "seen": "",
        "errors": [],
        "list_url": "#",
        "remove_url": "#",
        "undo_url": "#",
    }

"""Samples of spam rejection: rows as ``fumibako.console.pages.entry_list`` gives them."""

from __future__ import annotations

from types import SimpleNamespace as V
from typing import Any

from sample_frame import AGO, NO_PAGES, NOW, T, option

from fumibako.features.spam.told import STATES, ListState
from fumibako.schema.finding import Finding


def block_list(name: str, state: ListState | None, hits: int | None, mark: str = "") -> V:
    told = STATES[state] if state else None
    well = told is None or state == "alive"
    findings = () if well or told is None else (Finding("list-state", "", told.said.with_(name=name), "danger"),)
    number = None if hits is None else T(f"refused {hits:,}", f"拒否 {hits:,} 件")
    word = told.word if told else T("not asked yet", "未確認")
    return V(
        key=name,
        label=name,
        mark=mark,
        meaning=word,
        number=number,
        off=bool(told and told.off),
        moment=NOW - AGO(minutes=20) if told else None,
        findings=findings,
    )


def sender(label: str, mark: str = "", findings: tuple[Finding, ...] = ()) -> V:
    return V(key=label, label=label, mark=mark, meaning=None, number=None, findings=findings)


COVERED = Finding(
    "sender-covered", "", T("@example.org refuses it already.", "@example.org に含まれています。"), "warning"
)
LISTS = [
    block_list("bl.example.net", "alive", 12_408),
    block_list("zen.example.org=127.0.0.[2..11]*2", "refused", 0),
    block_list("dead.example.com", "everybody", 31),
    block_list("new.example.net", None, None, "added"),
]
SENDERS = [
    sender("spam@example.co.jp"),
    sender("@example.org", "added"),
    sender("news@example.org", "", (COVERED,)),
    sender("@old.example.net", "removed"),
]
WRONG = Finding(
    "sender-form",
    "",
    T("“example.co.jp” is no sender.", "「example.co.jp」はこの書き方では指定できません。"),
    suggestion="@example.co.jp",
)


def entries(anchor: str, rows: list[V], total: int, wrong: bool) -> dict[str, Any]:
    typed = V(line="example.co.jp" if wrong else "", many="", findings=(WRONG,) if wrong else ())
    shown = {"anchor": anchor, "rows": rows, "total": total, "found": total, "query": "", "searching": total > 50}
    return {**shown, "fresh": "", "staged_here": True, "typed": typed, "pager": NO_PAGES}


def spam(empty: bool) -> dict[str, Any]:
    label, help_text = (
        T("Refuse from this weight on", "拒否する重みの合計"),
        T(
            "The weights of the lists that have the client are added.",
            "クライアントが載っているリストの重みを合計します。",
        ),
    )
    return {
        "lists": entries("f-spam.dns_blocklists", [] if empty else LISTS, 0 if empty else 4, False),
        "senders": entries("f-spam.blocked_senders", [] if empty else SENDERS, 0 if empty else 1204, empty),
        "threshold": option("spam.threshold", label, "number", 1, help=help_text, default=1),
        "staged_here": not empty,
        "list_examples": ("bl.example.net", "bl.example.net*2"),
        "sender_examples": ("spam@example.co.jp", "@example.co.jp"),
    }

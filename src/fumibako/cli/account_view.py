"""One account in words, a line for each thing that is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fumibako.cli.language import say
from fumibako.cli.terminal import harmless, local_time


def told(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(label, harmless(value)) for label, value in _lines(row)]


def _lines(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield say("Address", "アドレス"), row["address"]
    yield say("Name", "名前"), row["name"]
    yield say("Language", "言語"), row["language"] or say("none", "なし")
    quota = row["quota_mb"]
    yield say("Limit", "制限容量"), say("no limit", "無制限") if quota is None else f"{quota} MB"
    yield say("In use", "使用"), _switch(row["enabled"])
    yield say("May send", "送信"), _switch(row["may_send"])
    yield say("May receive", "受信"), _switch(row["may_receive"])
    yield say("Password", "パスワード"), say("set", "あり") if row["has_password"] else say("none", "なし")
    yield say("Forward to", "転送先"), ", ".join(row["forward"]) or say("none", "なし")
    if row["forward"]:
        yield say("Keep a copy", "メールボックスにも残す"), _switch(row["keep_copy"])
    yield say("Automatic reply", "自動返信"), _reply(row["vacation"])
    yield (
        say("Last log-in", "最終ログイン"),
        local_time(row["last_login"]) or say("none known (IMAP, POP3)", "記録なし（IMAP・POP3）"),
    )


def told_reply(vacation: dict[str, Any] | None) -> list[tuple[str, str]]:
    """The automatic reply, line by line."""
    if vacation is None:
        return [(say("Automatic reply", "自動返信"), say("none", "なし"))]
    lines = [
        (say("Automatic reply", "自動返信"), _switch(vacation["enabled"])),
        (say("First day", "開始日"), vacation["first_day"]),
        (say("Last day", "終了日"), vacation["last_day"]),
        (say("Subject", "件名"), vacation["subject"]),
        (
            say("The same sender again after", "同じ差出人への再返信"),
            say("{n} days", "{n} 日後").format(n=vacation["days"]),
        ),
        (say("Other addresses", "ほかの宛先"), ", ".join(vacation["addresses"])),
        *(
            (say("Text", "本文") if number == 0 else "", line)
            for number, line in enumerate(vacation["text"].splitlines())
        ),
    ]
    return [(label, harmless(value)) for label, value in lines]


def _switch(on: bool) -> str:
    return say("on", "オン") if on else say("off", "オフ")


def _reply(vacation: dict[str, Any] | None) -> str:
    if vacation is None or not vacation["enabled"]:
        return say("off", "オフ")
    first, last = vacation["first_day"], vacation["last_day"]
    days = f" ({first or '…'} – {last or '…'})" if first or last else ""
    return f"{say('on', 'オン')}{days}"

"""Samples of plans, runs and what they change."""

from __future__ import annotations

from types import SimpleNamespace as V
from typing import Any

from sample_frame import AGO, NOW, T, choice

BEHAVIOUR = [
    V(
        question=T("POP3 (110) is connected to", "POP3 (110) に接続"),
        note=T("14 people used it last week", "先週 14 人が使用"),
        before=T("answers", "応答"),
        after=T("does not listen", "停止"),
        tone="bad",
        why=T("Services: POP3 off", "サービス：POP3 停止"),
        why_url="#",
    ),
    V(
        question=T("EHLO on SMTPS (465)", "SMTPS (465) の EHLO"),
        note=None,
        before=T("SIZE 10485760", "SIZE 10485760"),
        after=T("SIZE 20971520", "SIZE 20971520"),
        tone="neutral",
        why=T("Largest message", "最大メッセージサイズ"),
        why_url="#",
    ),
    V(
        question=T("Mail from outside to anyone@example.org", "外部から anyone@example.org 宛て"),
        note=None,
        before=T("refused 554 5.7.1", "拒否 554 5.7.1"),
        after=T("accepted", "受け付け"),
        tone="good",
        why=T("Domain example.org", "ドメイン example.org"),
        why_url="#",
    ),
]

SAME = [
    V(
        question=T("Relaying from outside to outside", "外部から外部への中継"),
        answer=T("refused", "拒否"),
        note=T("not an open relay", "オープンリレーではありません"),
    ),
    V(
        question=T("IMAP (143): log-in before STARTTLS", "IMAP (143)：STARTTLS 前のログイン"),
        answer=T("refused", "拒否"),
        note=None,
    ),
]

SETTINGS = [
    V(
        chapter=T("Basic settings", "基本設定"),
        label=T("Largest message", "最大メッセージサイズ"),
        parameter="message_size_limit",
        before=10485760,
        after=20971520,
        kind="changed",
        undo_url="#",
    ),
    V(
        chapter=T("Domains", "ドメイン"),
        label=T("example.org", "example.org"),
        parameter="",
        before=None,
        after=T("accepted", "受け付ける"),
        kind="added",
        undo_url="#",
    ),
    V(
        chapter=T("Accounts", "アカウント"),
        label=T("retired.person@example.jp", "retired.person@example.jp"),
        parameter="",
        before=T("off", "停止中"),
        after=None,
        kind="removed",
        undo_url="#",
    ),
]

FILES = [
    V(
        name="postfix/main.cf",
        kind="changed",
        lines=[
            V(kind="hunk", text="@@ -14,7 +14,7 @@"),
            V(kind="", text="myhostname = mail.example.jp"),
            V(kind="del", text="message_size_limit = 10485760"),
            V(kind="ins", text="message_size_limit = 20971520"),
            V(kind="", text="smtpd_tls_security_level = may"),
            V(
                kind="ins",
                text="virtual_mailbox_domains = example.jp, example.org, xn--wgv71a119e.jp, a-line-that-is-long.example.net, and-longer.example.com, and-longest.example.com",
            ),
        ],
    ),
    V(
        name="dovecot/dovecot.conf",
        kind="changed",
        lines=[
            V(kind="hunk", text="@@ -40,4 +40,4 @@"),
            V(kind="", text="  inet_listener pop3 {"),
            V(kind="del", text="    port = 110"),
            V(kind="ins", text="    port = 0"),
            V(kind="", text="  }"),
        ],
    ),
]

CONFIRM = [
    choice("", T("never", "しない"), True),
    choice("300", T("5 minutes", "5 分以内"), False),
    choice("900", T("15 minutes", "15 分以内")),
]


def plan(view: str, **more: object) -> dict[str, Any]:
    state = {
        "count": 3,
        "reloaded": ["Postfix", "Dovecot"],
        "restarted": [],
        "cut": None,
        "digest": "d3adb33f",
        "empty": False,
        "tried": True,
        "not_tried": None,
        "danger": "none",
        "dangers": [],
        "seconds": 2.3,
    }
    return {
        "title": None,
        "view": view,
        "views": V(behaviour=V(url="#", count=3), settings=V(url="#", count=3), files=V(url="#", count=2)),
        "plan": V(**{**state, **{key: value for key, value in more.items() if key in state}}),
        "findings": more.get("findings", []),
        "behaviour": BEHAVIOUR,
        "same": SAME,
        "settings": SETTINGS,
        "files": FILES,
        "apply_url": "#",
        "back_url": "#",
        "confirm_choices": CONFIRM,
    }


def run(state: str) -> dict[str, Any]:
    names = [
        (T("Check", "検査"), None, 0.2),
        (T("Try", "試験起動"), T("on the real ports, in a world of its own", "本番と同じポート、隔離した環境で"), 2.1),
        (T("Install", "反映"), None, 0.1),
        (T("Reload", "再読み込み"), T("Postfix, Dovecot", "Postfix、Dovecot"), 0.3),
        (T("Probe", "動作確認"), T("18 questions on the live ports", "本番のポートで 18 問"), 0.9),
    ]
    at = {"running": 2, "rolled_back": 4, "refused": 0}.get(state, 9)
    word = {"running": "now", "rolled_back": "failed", "refused": "failed"}.get(state, "done")
    steps = [
        V(
            name=name,
            note=note,
            state="done" if index < at else word if index == at else "later",
            seconds=taken if index < at else None,
        )
        for index, (name, note, taken) in enumerate(names)
    ]
    if state == "rolled_back":
        steps.append(V(name=T("Put back", "元に戻す"), note=None, state="undone", seconds=0.4))
    sentences = {
        "applied": T(
            "Revision 1215 is live: mail for example.org is accepted, messages may have 20 MB, POP3 is off.",
            "第 1215 版で動いています。example.org 宛てを受け付け、メールは 20 MB まで、POP3 は停止しています。",
        ),
        "unconfirmed": T(
            "Revision 1215 is live and every probe answered.", "第 1215 版で動いていて、動作確認はすべて通りました。"
        ),
        "rolled_back": T(
            "Probe: SMTPS (465) did not answer within 5 seconds.",
            "動作確認：SMTPS (465) が 5 秒以内に応答しませんでした。",
        ),
        "refused": T(
            "Check: port 465 is in use by another program (stunnel4).",
            "検査：ポート 465 は別のプログラム (stunnel4) が使っています。",
        ),
    }
    return {
        "polled": False,
        "run": V(
            state=state,
            number=1215,
            url="/run/1215/",
            history_url="#",
            steps=steps,
            sentence=sentences.get(state),
            facts=[],
            log="Nov 24 04:11:09 mail postfix/master[812]: fatal: bind 192.0.2.1 port 465: Address already in use"
            if state in ("rolled_back", "refused")
            else "",
            undo_url="#" if state in ("applied", "unconfirmed") else None,
            confirm_url="#" if state == "unconfirmed" else None,
            until=NOW + AGO(seconds=287),
            left=287,
            back_url="#",
        ),
    }

"""Samples of plans, runs and revisions, shaped as ``fumibako.actions`` gives them and as they come over the wire."""

from __future__ import annotations

import time
from types import SimpleNamespace as V
from typing import Any

from sample_frame import AGO, NOW, T, choice

from fumibako.document.alike import counted
from fumibako.document.alike_words import Alike, told
from fumibako.document.words import Change, describe
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding
from fumibako.schema.text import plain

W = dict[str, Any]


def wire(en: str, ja: str | None = None) -> dict[str, str]:
    return {"en": en, "ja": en if ja is None else ja}


def row(question: W, before: W, after: W, danger: str = "none", path: str | None = None, **more: object) -> W:
    return {
        "question": question,
        "before": before,
        "after": after,
        "changed": before != after,
        "danger": danger,
        "path": path,
        **more,
    }


BEHAVIOUR = [
    row(
        wire("POP3 (110)"),
        wire("answers", "応答"),
        wire("stopped", "停止"),
        "notice",
        "basics.services.pop3",
        url="#",
        why=T("POP3: on", "POP3: 動作"),
    ),
    row(
        wire("SMTPS (465): SIZE in EHLO", "SMTPS (465)：EHLO の SIZE"),
        wire("10485760"),
        wire("20971520"),
        path="basics.message_size_limit",
        url="#",
    ),
    row(
        wire("Mail from outside to anyone@example.org", "外部から anyone@example.org 宛て"),
        wire("refused 554 5.7.1", "拒否 554 5.7.1"),
        wire("accepted", "受け付け"),
        path="domains/example.org",
    ),
    row(
        wire("A stranger sends elsewhere through SMTP (25)", "外部から外部への中継 SMTP (25)"),
        wire("refused 554 5.7.1", "拒否 554 5.7.1"),
        wire("refused 554 5.7.1", "拒否 554 5.7.1"),
    ),
    row(
        wire("IMAP (143): log-in before STARTTLS", "IMAP (143)：STARTTLS 前のログイン"),
        wire("refused", "拒否"),
        wire("refused", "拒否"),
    ),
]
DANGEROUS = [
    row(
        wire("SMTP (25)"),
        wire("answers", "応答"),
        wire("stopped", "停止"),
        "danger",
        "basics.services.smtp.port",
        url="#",
        why=T("SMTP: port", "SMTP: ポート"),
    ),
    *BEHAVIOUR,
]
CHANGES = [
    Change(
        "basics.message_size_limit",
        "changed",
        "basics",
        T("Largest message", "最大メッセージサイズ"),
        plain("10485760"),
        plain("20971520"),
    ),
    Change("domains/example.org", "added", "domains", plain("example.org"), plain(""), plain("")),
    Change(
        "accounts/retired.person@example.jp",
        "removed",
        "accounts",
        plain("retired.person@example.jp"),
        plain(""),
        plain(""),
    ),
]
MAIN_CF = """--- postfix/main.cf
+++ postfix/main.cf
@@ -14,5 +14,6 @@
 myhostname = mail.example.jp
-message_size_limit = 10485760
+message_size_limit = 20971520
 smtpd_tls_security_level = may
+virtual_mailbox_domains = example.jp, example.org, xn--wgv71a119e.jp, a-line-that-is-long.example.net, and-longer.example.com, longest.example.com
"""
DOVECOT_CONF = """--- dovecot/dovecot.conf
+++ dovecot/dovecot.conf
@@ -40,3 +40,3 @@
   inet_listener pop3 {
-    port = 110
+    port = 0
   }
"""
FILES = [
    {"path": "postfix/main.cf", "change": "changed", "diff": MAIN_CF},
    {"path": "dovecot/dovecot.conf", "change": "changed", "diff": DOVECOT_CONF},
]
CONFIRM = [
    choice("", T("never", "しない"), True),
    choice("300", T("5 minutes", "5 分以内")),
    choice("900", T("15 minutes", "15 分以内")),
]
BIND = "postfix/master[812]: fatal: bind 192.0.2.1 port 465: Address already in use"


def step(title: W, outcome: str, seconds: float, text: W | None = None, detail: str = "") -> W:
    return {
        "name": title["en"],
        "title": title,
        "outcome": outcome,
        "seconds": seconds,
        "text": text or wire(""),
        "detail": detail,
    }


CHECK = step(wire("Check", "検査"), "done", 0.21)
TRY = step(
    wire("Try", "試験起動"),
    "done",
    2.13,
    wire("on the real ports, in a world of its own", "本番と同じポート、隔離した環境で"),
)
INSTALL = step(wire("Install", "反映"), "done", 0.06)
RELOAD = step(wire("Reload", "再読み込み"), "done", 0.31, wire("Postfix, Dovecot", "Postfix、Dovecot"))
PROBE = step(wire("Probe", "動作確認"), "done", 0.92, wire("18 questions on the live ports", "本番のポートで 18 問"))
SILENT = step(
    wire("Probe", "動作確認"),
    "failed",
    5.04,
    wire("SMTPS (465) did not answer within 5 seconds.", "SMTPS (465) が 5 秒以内に応答しませんでした。"),
    BIND,
)
BACK = step(wire("Put back", "元に戻す"), "undone", 0.4)
TAKEN = step(
    wire("Check", "検査"),
    "failed",
    0.1,
    wire(
        "Port 465 is in use by another program (stunnel4).", "ポート 465 は別のプログラム (stunnel4) が使っています。"
    ),
)
STEPS_OF: dict[str, list[W]] = {
    "running": [CHECK, TRY, {**INSTALL, "outcome": "running"}],
    "applied": [CHECK, TRY, INSTALL, RELOAD, PROBE],
    "unconfirmed": [CHECK, TRY, INSTALL, RELOAD, PROBE],
    "unchanged": [CHECK],
    "rolled_back": [CHECK, TRY, INSTALL, RELOAD, SILENT, BACK],
    "refused": [TAKEN],
}


def _alike() -> list[Change | Alike]:
    """Bulk edits, each told in one line."""
    limits = [Edit(("accounts", f"user{number:04}@example.jp", "quota_mb"), None, 100) for number in range(5000)]
    senders = [Edit(("spam", "blocked_senders", f"@spam{number}.example"), None, True) for number in range(47)]
    edits = [*limits, *senders]
    return told([describe(edit) for edit in (*limits[:1000], *senders)], counted(edits))


ALIKE = _alike()


def result(outcome: str, **more: object) -> V:
    """A ``fumibako.actions.result.Result``, which the gallery cannot import without a database."""
    shown: dict[str, Any] = {
        "outcome": outcome,
        "digest": "d3adb33f",
        "revision": 1215,
        "lines": CHANGES,
        "change_count": len(CHANGES),
        "steps": STEPS_OF.get(outcome, []),
        "files": FILES,
        "behaviour": BEHAVIOUR,
        "findings": [],
        "reload": {"postfix": "reload", "dovecot": "reload"},
        "cuts": None,
        "tried": True,
        "not_tried": None,
        "confirm_by": time.time() + 287,
    }
    return V(**{**shown, **more})


def plan(view: str, outcome: str = "planned", **more: Any) -> dict[str, Any]:
    shown = {
        "title": None,
        "view": view,
        "views": V(behaviour="#", settings="#", files="#"),
        "dangers": [],
        "findings_seen": [],
        "stopped": False,
    }
    links = {
        "apply_url": "#",
        "back_url": "#",
        "plan_url": "/run/plan/",
        "undo_url": "#",
        "alike_url": "#",
        "confirm_choices": CONFIRM,
    }
    own = {name: more.pop(name) for name in list(more) if name in shown}
    return {**shown, **links, **own, "result": result(outcome, **more)}


PORT_TAKEN = T(
    "Port 465 is in use by another program (stunnel4).", "ポート 465 は別のプログラム (stunnel4) が使っています。"
)
NO_NAMESPACE = T(
    "This server may not make a namespace of its own, so the trial boot was left out.",
    "このサーバーでは隔離した環境を作れないため、試験起動を省きました。",
)
SMTP_MOVES = T(
    "SMTP moves from port 25: other servers will not find it.",
    "SMTP がポート 25 から移ります。ほかのサーバーから届かなくなります。",
)
PLANS: dict[str, dict[str, Any]] = {
    "plan": plan("behaviour"),
    "plan-running": plan("behaviour", "running", steps=[CHECK, {**TRY, "outcome": "running"}]),
    "plan-danger": plan(
        "behaviour",
        dangers=[SMTP_MOVES],
        behaviour=DANGEROUS,
        cuts=T("IMAP sessions (12)", "IMAP の接続 12 本"),
        tried=False,
        not_tried=NO_NAMESPACE,
        reload={"postfix": "restart", "dovecot": "reload"},
    ),
    "plan-findings": plan(
        "settings",
        stopped=True,
        findings_seen=[V(message=PORT_TAKEN, where=T("SMTPS", "SMTPS"), url="#", severity="error")],
    ),
    "plan-files": plan("files"),
    "plan-empty": plan("behaviour", "unchanged", lines=[], change_count=0),
    "plan-alike": plan("settings", lines=[*CHANGES[:1], *ALIKE], change_count=5048),
}


def run(outcome: str) -> dict[str, Any]:
    later = [T("Reload", "再読み込み"), T("Probe", "動作確認")] if outcome == "running" else []
    findings = [Finding("port.taken", "basics.services.smtps.port", PORT_TAKEN)] if outcome == "refused" else []
    undo = "#" if outcome in ("applied", "unconfirmed") else None
    poll = 0.5 if outcome == "running" else None
    links = V(
        url="/run/1215/",
        poll=poll,
        staged=outcome in ("rolled_back", "refused"),
        later=later,
        undo_url=undo,
        confirm_url="#",
        back_url="#",
        history_url="#",
    )
    return {"polled": False, "result": result(outcome, findings=findings), "run": links}


def revision(number: int, ago: Any, who: str, state: str, **more: object) -> V:
    shown = {
        "base": number - 1,
        "comment": "",
        "serves": False,
        "edit_count": 1,
        "restores": None,
        "changes": CHANGES[:1],
    }
    shown["lines"] = more.get("changes", shown["changes"])
    return V(number=number, created=NOW - ago, who=who, state=state, **{**shown, **more})


MOVED = Change(
    "basics.services.smtp.port", "changed", "basics", T("SMTP: port", "SMTP: ポート"), plain("25"), plain("2525")
)
FORCED = Change(
    "basics.services.submission.tls",
    "changed",
    "basics",
    T("Submission: TLS", "Submission: TLS"),
    T("if possible", "有効"),
    T("forced", "強制"),
)
REVISIONS = [
    revision(1214, AGO(minutes=34), "suzuki", "applied", serves=True, changes=[FORCED]),
    revision(1213, AGO(hours=2), "yamada", "rolled_back", changes=[MOVED]),
    revision(1212, AGO(days=3), "yamada", "applied", edit_count=13, changes=CHANGES[1:]),
    revision(1211, AGO(days=12), "suzuki", "applied", restores=1207),
    revision(1, AGO(days=80), "root", "applied", changes=[], edit_count=0),
]
MINE = Change(
    "basics.message_size_limit",
    "changed",
    "basics",
    T("Largest message", "最大メッセージサイズ"),
    plain("10485760"),
    plain("20971520"),
)
THEIRS = Change(
    "basics.message_size_limit",
    "changed",
    "basics",
    T("Largest message", "最大メッセージサイズ"),
    plain("10485760"),
    plain("52428800"),
)
MY_NAME = Change(
    "accounts/taro@example.jp/name",
    "changed",
    "accounts",
    T("taro@example.jp: Name", "taro@example.jp: 名前"),
    plain("鈴木"),
    plain("鈴木太郎"),
)
GONE = Change("accounts/taro@example.jp", "removed", "accounts", plain("taro@example.jp"), plain(""), plain(""))
CONFLICTS = [
    V(path=MINE.path, mine=MINE, theirs=THEIRS, who="yamada", when=NOW - AGO(minutes=3), revision=1214),
    V(path=MY_NAME.path, mine=MY_NAME, theirs=GONE, who="yamada", when=NOW - AGO(minutes=3), revision=1214),
]

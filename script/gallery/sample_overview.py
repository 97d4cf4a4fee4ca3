"""Samples of the overview: services, revisions, the plot."""

from __future__ import annotations

from types import SimpleNamespace as V
from typing import Any

from sample_frame import T
from sample_plan import REVISIONS

SERVICES = [
    V(
        label="SMTP",
        address="192.0.2.1:25",
        enabled=True,
        answers=True,
        tls=T("if the peer can", "相手しだい"),
        note=None,
    ),
    V(label="SMTPS", address="192.0.2.1:465", enabled=True, answers=True, tls=T("always", "常に"), note=None),
    V(label="Submission", address="192.0.2.1:587", enabled=True, answers=True, tls=T("forced", "強制"), note=None),
    V(label="POP3", address="192.0.2.1:110", enabled=False, answers=None, tls=None, note=None),
    V(label="POP3S", address="192.0.2.1:995", enabled=True, answers=True, tls=T("always", "常に"), note=None),
    V(
        label="IMAP",
        address="192.0.2.1:143",
        enabled=True,
        answers=True,
        tls=T("before log-in", "ログイン前"),
        note=None,
    ),
    V(label="IMAPS", address="192.0.2.1:993", enabled=True, answers=True, tls=T("always", "常に"), note=None),
]

QUEUE = V(count=3, history=[0, 0, 1, 0, 2, 4, 9, 14, 8, 3, 2, 1, 0, 0, 1, 5, 7, 3, 2, 3], url="#")

PLOT = V(
    title=T("Mail", "メール"),
    unit=T("messages an hour", "通/時"),
    times=[f"{hour}:00" for hour in range(24)],
    series=[
        V(
            label=T("received", "受信"),
            tone="indigo",
            values=[
                12,
                9,
                7,
                6,
                8,
                15,
                40,
                96,
                182,
                240,
                231,
                198,
                154,
                201,
                222,
                214,
                190,
                171,
                120,
                88,
                61,
                44,
                30,
                19,
            ],
        ),
        V(
            label=T("sent", "送信"),
            tone="moss",
            values=[3, 2, 1, 1, 2, 4, 12, 44, 96, 130, 121, 101, 70, 99, 118, 110, 96, 84, 50, 31, 20, 14, 9, 6],
        ),
        V(
            label=T("rejected", "拒否"),
            tone="vermilion",
            values=[22, 25, 21, 28, 30, 26, 20, 18, 24, 29, 31, 27, 22, 26, 30, 28, 24, 21, 25, 30, 28, 26, 24, 23],
        ),
    ],
)


def overview(**more: object) -> dict[str, Any]:
    shown = {
        "flowing": V(ok=True, text=T("Mail is flowing.", "メールは流れています。")),
        "services": SERVICES,
        "revision": REVISIONS[0],
        "revision_url": "/history/",
        "waiting": None,
        "conflicts": 0,
        "queue": QUEUE,
        "certificate": V(subject="mail.example.jp", days=74, ok=True, text=T("from Example CA", "Example CA 発行")),
        "disk": V(free=45_700_000_000, total=64_000_000_000, ok=True),
        "drift": [],
        "plots": [PLOT],
        "next_steps": None,
        "client": None,
    }
    return {**shown, **more}


STEPS = [
    V(
        state="done",
        title=T("Add a domain", "ドメインを追加する"),
        text=T("Mail for example.jp is accepted.", "example.jp 宛てのメールを受け付けています。"),
        url=None,
        action=None,
    ),
    V(
        state="now",
        title=T("Add an account", "アカウントを追加する"),
        text=T("A mailbox with an address and a password.", "アドレスとパスワードを持つメールボックスを作ります。"),
        url="#",
        action=T("Add an account", "アカウントを追加"),
    ),
    V(
        state="later",
        title=T("Connect a mail client", "メールソフトをつなぐ"),
        text=T(
            "Use the whole address as user name and these settings:",
            "ユーザー名にはアドレス全体を使い、次のように設定します。",
        ),
        url=None,
        action=None,
    ),
]

CLIENT = [
    V(label=T("Reading (IMAP)", "受信 (IMAP)"), address="mail.example.jp", port=993, security=T("SSL/TLS", "SSL/TLS")),
    V(
        label=T("Sending (SMTP)", "送信 (SMTP)"),
        address="mail.example.jp",
        port=587,
        security=T("STARTTLS, password", "STARTTLS・パスワード認証"),
    ),
]

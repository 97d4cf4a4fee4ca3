"""Samples of the page that says what would happen."""

from __future__ import annotations

from typing import Any, Literal

from sample_frame import T

from fumibako.console.pages.explain_words import FATES, FIELDS, HOPS, SERVICES_SHOWN, VERDICTS, Field, Stop
from fumibako.plan.inquiry import Inquiry
from fumibako.plan.walk import Fate
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text, plain

CHECKS: dict[str, list[tuple[Text, Fate]]] = {
    "accept": [
        (T("Permitted addresses", "送信を許可したアドレス"), "passed"),
        (T("Recipient's domain", "宛先のドメイン"), "passed"),
        (T("Recipient exists", "宛先の有無"), "passed"),
        (T("Recipient takes mail", "宛先の受信可否"), "passed"),
        (T("Room in the mailbox", "スプール容量"), "passed"),
        (T("Refused senders", "受信拒否リスト手動設定"), "passed"),
        (T("DNS block lists", "受信拒否リスト自動設定 (RBL)"), "passed"),
    ],
    "reject": [
        (T("Permitted addresses", "送信を許可したアドレス"), "passed"),
        (T("Recipient's domain", "宛先のドメイン"), "passed"),
        (T("Recipient exists", "宛先の有無"), "passed"),
        (T("Refused senders", "受信拒否リスト手動設定"), "refused"),
        (T("DNS block lists", "受信拒否リスト自動設定 (RBL)"), "not reached"),
    ],
}
ROUTE = [
    ("alias", "office@example.jp", "hanako@example.jp, office@local.example.com, her@example.net", False),
    ("mailbox", "hanako@example.jp", "", True),
    ("relay", "office@local.example.com", "[192.168.12.34]:1025", False),
    ("mx", "her@example.net", "example.net", False),
]
SAID = {
    "accept": T(
        "office@example.jp is served here, and nothing stands against the message.",
        "office@example.jp はこのサーバーの宛先で、拒否する規則もありません。",
    ),
    "reject": T("Mail from @spam.example is refused.", "@spam.example からのメールは拒否します。"),
}
REPLIES = {
    "accept": "250 2.1.5 Ok",
    "reject": "554 5.7.1 <news@spam.example>: Sender address rejected: Mail from this sender is refused here",
}
WRONG = Finding(
    "client-address",
    "client",
    T(
        "“192.0.2.300” is no IP address. Write 192.0.2.1 or 2001:db8::1.",
        "「192.0.2.300」は IP アドレスではありません。192.0.2.1 や 2001:db8::1 のように書いてください。",
    ),
)


def explain(verdict: Literal["accept", "reject"] | None) -> dict[str, Any]:
    typed = {"from": "news@spam.example", "to": "office@example.jp", "client": "" if verdict else "192.0.2.300"}
    return {
        "fields": [
            Field(name, *words, typed.get(name, ""), (WRONG,) if name == "client" and verdict is None else ())
            for name, words in FIELDS.items()
        ],
        "services": SERVICES_SHOWN,
        "service": "",
        "can_stage": verdict == "reject",
        "staged": False,
        "wrong": [],
        "result": _result(verdict) if verdict else None,
    }


def _result(verdict: Literal["accept", "reject"]) -> dict[str, Any]:
    word, icon, tone = VERDICTS[verdict]
    return {
        "inquiry": Inquiry("news@spam.example", "office@example.jp", "203.0.113.9"),
        "service": "SMTP",
        "client_name": "mx.spam.example",
        "word": word,
        "icon": icon,
        "tone": tone,
        "reply": REPLIES[verdict],
        "text": SAID[verdict],
        "rule_url": "#",
        "checks": [_check(title, fate, SAID[verdict]) for title, fate in CHECKS[verdict]],
        "route": [
            Stop(HOPS[kind][0], plain(address), HOPS[kind][1], kind, "#", None, nexthop, full)
            for kind, address, nexthop, full in (ROUTE if verdict == "accept" else [])
        ],
        "unknown": [
            T("Whether the message is larger than 10,485,760 bytes", "メールのサイズが 10,485,760 バイトを超えるか"),
            T(
                "Whether SPF or DMARC refuses the message at its end",
                "SPF・DMARC の検査で拒否されるか (メールの本文が必要)",
            ),
        ]
        if verdict == "accept"
        else [],
    }


def _check(title: Text, fate: Fate, said: Text) -> Stop:
    icon, word = FATES[fate]
    decides = fate == "refused"
    return Stop(
        icon, title, word, f"decides {fate}" if decides else fate.replace(" ", "-"), "#", said if decides else None
    )

"""What the page that says what would happen is made of: its fields, and the words and pictures of the path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fumibako.features.basics.services import SERVICE_NAMES
from fumibako.plan.inquiry import SERVICES
from fumibako.plan.questions import OUTSIDER
from fumibako.plan.walk import Fate
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text, plain

FIELDS: Final = {
    "from": (
        Text("Sender", "差出人"),
        Text(
            "The envelope's; empty is the null path of bounces.",
            "エンベロープの差出人。空欄はエラーメールの空の差出人です。",
        ),
        "somebody@example.com",
    ),
    "to": (Text("Recipient", "宛先"), None, "hanako@example.jp"),
    "client": (
        Text("Client", "接続元"),
        Text("Empty is a stranger.", "空欄は外部の第三者です。"),
        OUTSIDER,
    ),
    "helo": (Text("HELO name", "HELO の名前"), None, "client.example.com"),
    "auth": (
        Text("Logged in as", "認証アカウント"),
        Text("Empty without SMTP AUTH.", "SMTP 認証をしないときは空欄にします。"),
        "hanako@example.jp",
    ),
}
VERDICTS: Final = {
    "accept": (Text("It is accepted", "受け付けます"), "circle-check", "good"),
    "reject": (Text("It is refused", "拒否します"), "circle-x", "wrong"),
    "defer": (
        Text("It is deferred: the sender tries again", "一時的に拒否します (差出人側が再送します)"),
        "clock",
        "tell",
    ),
}
FATES: Final[dict[Fate, tuple[str, Text]]] = {
    "passed": ("minus", Text("passed", "通過")),
    "permitted": ("circle-check", Text("permits", "許可")),
    "refused": ("circle-x", Text("refuses", "拒否")),
    "deferred": ("clock", Text("defers", "一時的に拒否")),
    "not reached": ("circle-dashed", Text("not asked", "確認なし")),
}
HOPS: Final = {
    "scanner": ("shield", Text("goes through the scanner", "スキャナーを通る")),
    "alias": ("split", Text("alias, leads to", "エイリアス。転送先:")),
    "mailbox": ("mailbox", Text("into its mailbox here", "このサーバーのメールボックスへ")),
    "relay": ("route", Text("through the relay", "中継サーバー経由")),
    "mx": ("globe", Text("straight to the MX of", "MX に従って直接送信")),
    "return": ("undo-2", Text("goes back to the original sender", "元の差出人へ戻る")),
    "full": (
        "circle-x",
        Text("is full and passed over, as others have room", "容量に達しているため、ほかの宛先にだけ届く"),
    ),
    "nowhere": ("circle-x", Text("nobody here has this address: it comes back", "宛先がないため差出人に戻る")),
}

SERVICES_SHOWN: Final = (("", Text("automatic", "自動")), *((name, plain(SERVICE_NAMES[name])) for name in SERVICES))


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: Text
    help: Text | None
    example: str
    value: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the drawn path. `tone` is the fate or the kind of hop; `text` stands beneath where it decides."""

    icon: str
    label: Text
    word: Text
    tone: str
    url: str = ""
    text: Text | None = None
    nexthop: str = ""
    full: bool = False

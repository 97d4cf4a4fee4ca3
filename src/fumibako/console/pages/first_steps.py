"""The way to the first mail: a domain, an account, a mail client."""

from __future__ import annotations

from typing import Any, Final

from fumibako.actions.status import Overview
from fumibako.console.pages.places import page
from fumibako.schema.place import Json, looked_up
from fumibako.schema.text import Text

_DOMAIN: Final = Text("Add a domain", "ドメインを追加する")
_DOMAIN_WHY: Final = Text(
    "The part behind the @. This server then accepts mail for it.",
    "アドレスの @ より後ろの部分です。追加すると、その宛先のメールを受け付けます。",
)
_ACCOUNT: Final = Text("Add an account", "アカウントを追加する")
_ACCOUNT_WHY: Final = Text(
    "A mailbox with an address and a password.", "アドレスとパスワードを持つメールボックスを作ります。"
)
_CLIENT: Final = Text("Connect a mail client", "メールソフトをつなぐ")
_CLIENT_WHY: Final = Text(
    "Use the whole address as user name and these settings:",
    "ユーザー名にはアドレス全体を使い、次のように設定します。",
)
_STAGED: Final = Text(
    "It is staged. Look at what will change, then apply it.", "未適用です。内容を確認してから設定してください。"
)
_REVIEW: Final = Text("Review", "内容を確認")
_READING: Final = Text("Reading ({protocol})", "受信 ({protocol})")
_SENDING: Final = Text("Sending (SMTP)", "送信 (SMTP)")
_TLS: Final = Text("SSL/TLS", "SSL/TLS")
_STARTTLS: Final = Text("STARTTLS", "STARTTLS")
_NO_TLS: Final = Text("none", "なし")

# What a client is offered first: encrypted from the start, then by STARTTLS.
_READ_BY: Final = (("imaps", "IMAP"), ("imap", "IMAP"), ("pop3s", "POP3"), ("pop3", "POP3"))
_SEND_BY: Final = ("submission", "smtps")


def steps(seen: Overview, *, fresh: bool) -> list[dict[str, Any]] | None:
    """The steps until there is an account; with the first one, for as long as it is `fresh`. Then None."""
    domains, accounts = seen.totals["domains"], seen.totals["accounts"]
    if accounts > 1 or (accounts and not fresh):
        return None
    domain_due, account_due = not domains, bool(domains) and not accounts
    return [
        _step(domain_due, bool(domains), _DOMAIN, _DOMAIN_WHY, "domains", "domains" in seen.staged),
        _step(account_due, bool(accounts), _ACCOUNT, _ACCOUNT_WHY, "account_add", "accounts" in seen.staged),
        _step(bool(accounts), False, _CLIENT, _CLIENT_WHY, "", False),
    ]


def client(seen: Overview, settings: Json) -> list[dict[str, Any]]:
    """What a mail client is told: where it reads and where it sends."""
    services = seen.status["services"]
    enabled = {name for name, told in services.items() if told["enabled"]}
    rows = []
    for name, protocol in _READ_BY:
        if name in enabled:
            rows.append((_READING.with_(protocol=protocol), name))
            break
    rows += [(_SENDING, name) for name in _SEND_BY if name in enabled][:1]
    return [
        {
            "label": label,
            "address": seen.hostname,
            "port": int(services[name]["address"].rpartition(":")[2]),
            "security": _security(name, settings),
        }
        for label, name in rows
    ]


def _step(due: bool, done: bool, title: Text, text: Text, name: str, staged: bool) -> dict[str, Any]:
    state = "done" if done else "now" if due else "later"
    step = {"state": state, "title": title, "text": text, "url": None, "action": None}
    if due and staged:
        return step | {"text": _STAGED, "url": page("plan"), "action": _REVIEW}
    if due and name and page(name):
        return step | {"url": page(name), "action": title}
    return step


def _security(name: str, settings: Json) -> Text:
    if name in {"imaps", "pop3s", "smtps"}:
        return _TLS
    none = name == "submission" and looked_up(settings, ("basics", "services", name, "tls")) == "none"
    return _NO_TLS if none else _STARTTLS

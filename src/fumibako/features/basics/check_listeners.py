"""What is wrong with what listens: addresses, ports, and what is offered there."""

from __future__ import annotations

import ipaddress
from collections import Counter
from typing import Final

from fumibako.features.basics.check_scanners import check_scanners
from fumibako.features.basics.section import FORWARD_PORT, REPLY_PORT, Basics
from fumibako.features.basics.services import SERVICE_NAMES, STANDARD_PORTS, service_enabled
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

_ALL: Final = {4: "0.0.0.0", 6: "::"}  # as an administrator writes them


def check_listeners(basics: Basics) -> list[Finding]:
    return [*_addresses(basics), *_ports(basics), *_passwords(basics), *check_scanners(basics)]


def _addresses(basics: Basics) -> list[Finding]:
    path = "basics.listen"
    if not basics.listen:
        message = Text(
            "At least one address is needed; 0.0.0.0 is every IPv4 address.",
            "アドレスが 1 つ以上必要です。0.0.0.0 は IPv4 のすべてのアドレスです。",
        )
        return [Finding("listen-empty", path, message, suggestion=_ALL[4])]
    findings = []
    seen: list[str] = []
    for text in basics.listen:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            message = Text("“{text}” is not an IP address.", "「{text}」は IP アドレスではありません。")
            findings.append(Finding("listen-not-an-address", path, message.with_(text=shown(text))))
            continue
        if address.is_multicast or getattr(address, "ipv4_mapped", None) or getattr(address, "scope_id", None):
            message = Text(
                "Nothing can listen on “{text}”. Write an address of this machine.",
                "「{text}」では待ち受けできません。このサーバーのアドレスを書いてください。",
            )
            findings.append(Finding("listen-unusable", path, message.with_(text=shown(text))))
        elif str(address) != text:
            message = Text("Write “{text}” as {right}.", "「{text}」は {right} と書いてください。")
            findings.append(
                Finding(
                    "listen-spelling", path, message.with_(text=shown(text), right=address), suggestion=str(address)
                )
            )
        elif text in seen:
            message = Text("{text} is written twice.", "{text} が二度書かれています。")
            findings.append(Finding("listen-twice", path, message.with_(text=text)))
        elif not address.is_unspecified and _ALL[address.version] in basics.listen:
            message = Text(
                "{all} includes {text} already; leave one of them out.",
                "{all} に {text} も含まれます。どちらかを削除してください。",
            )
            findings.append(Finding("listen-covered", path, message.with_(text=text, all=_ALL[address.version])))
        seen.append(text)
    return findings


def _ports(basics: Basics) -> list[Finding]:
    """Two that listen on one port: the second would not start, and would take the whole server down with it."""
    taken: dict[int, Text] = {}
    findings = []
    wanted = [
        (f"basics.services.{name}.port", Text(word, word), getattr(basics.services, name).port, STANDARD_PORTS[name])
        for name, word in SERVICE_NAMES.items()
        if service_enabled(basics.services, name)
    ]
    if basics.content_filter is not None:
        back = Text("what the scanner gives back", "スキャナーからの戻り")
        wanted.append(("basics.content_filter.reinject_port", back, basics.content_filter.reinject_port, 10026))
    forward = Text("forwarded mail", "転送用の内部ポート")
    wanted.append(("basics.advanced.forward_port", forward, basics.advanced.forward_port, FORWARD_PORT))
    reply = Text("automatic replies", "自動返信用の内部ポート")
    wanted.append(("basics.advanced.reply_port", reply, basics.advanced.reply_port, REPLY_PORT))
    used = {port for _, _, port, _ in wanted}
    base = _base(basics)
    for path, word, port, standard in wanted:
        usual = base + standard
        if port in taken:
            message = Text(
                "{other} listens on port {port} already. Choose another port.",
                "ポート {port} は {other} が使っています。別のポートを指定してください。",
            ).with_(other=taken[port], port=port)
            findings.append(
                Finding("port-clash", path, message, suggestion=None if usual in used or usual > 65535 else str(usual))
            )
        taken.setdefault(port, word)
    return findings


def _base(basics: Basics) -> int:
    """How far the ports of this home are above the standard ones, as most of its services have it."""
    away = Counter(getattr(basics.services, name).port - standard for name, standard in STANDARD_PORTS.items())
    base, number = away.most_common(1)[0]
    return base if number > 1 and base > 0 else 0


def _passwords(basics: Basics) -> list[Finding]:
    smtp, submission = basics.services.smtp, basics.services.submission
    findings = []
    if submission.enabled and submission.tls == "none" and not submission.plaintext_auth:
        if submission.auth_required:
            message = Text(
                "Authentication is required here, but without TLS and with unencrypted passwords forbidden nobody can log in. Offer TLS.",
                "認証が必須ですが、TLS が無効で暗号化なしの認証も許可されていないため、だれも認証できません。TLS を有効にしてください。",
            )
            findings.append(
                Finding("auth-impossible", "basics.services.submission.tls", message, suggestion="required")
            )
        else:
            findings.append(_auth_hidden("submission"))
    if smtp.auth and smtp.tls == "none" and not smtp.plaintext_auth:
        findings.append(_auth_hidden("smtp"))
    offered = {
        "smtp": smtp.auth,
        "submission": submission.enabled and submission.tls != "required",
        "pop3": basics.services.pop3.enabled,
        "imap": basics.services.imap.enabled,
    }
    for name, effective in offered.items():
        if effective and getattr(basics.services, name).plaintext_auth:
            message = Text(
                "Passwords may now be sent unencrypted, readable by anyone on the way.",
                "パスワードが暗号化されずに送られることがあり、途中で読み取られるおそれがあります。",
            )
            findings.append(
                Finding("plaintext-auth", f"basics.services.{name}.plaintext_auth", message, "warning", "false")
            )
    return findings


def _auth_hidden(name: str) -> Finding:
    message = Text(
        "Without TLS authentication is not offered here, since unencrypted passwords are forbidden.",
        "TLS が無効で暗号化なしの認証も許可されていないため、ここでは認証を受け付けません。",
    )
    return Finding("auth-hidden", f"basics.services.{name}.tls", message, "warning", "opportunistic")

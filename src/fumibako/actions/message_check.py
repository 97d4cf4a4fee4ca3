"""Checking a message that somebody brings: each check with its reason, and what the server would do. Nothing is delivered
and nothing of the message is kept."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass
from typing import Any, Final

from fumibako.actions import agent_link, runs
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.actions.trouble import Refused, Unanswered
from fumibako.features.authentication.reasons import sentence
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

LARGEST: Final = 10 * 1024 * 1024  # octets
_NO_ADDRESS: Final = Text(
    "“{client}” is no IP address. Write 192.0.2.1 or 2001:db8::1.",
    "「{client}」は IP アドレスではありません。192.0.2.1 や 2001:db8::1 のように書いてください。",
)
_EMPTY: Final = Text("There is no message.", "メールがありません。")
_LARGE: Final = Text("The message is larger than 10 MBytes.", "メールが 10 MB を超えています。")
_LONG: Final = Text("This is too long.", "長すぎます。")


@dataclass(frozen=True, slots=True)
class Check:
    """`of` is what was looked at: a domain, a selector and a domain; `result` the method's own word."""

    method: str
    of: str
    result: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Checked:
    """`verdict` is accept, reject (with the SMTP `reply`) or quarantine. Mail of permitted clients and of who has logged in
    (`standing`) is not judged by checks, but signed by the keys `signs` (`SELECTOR DOMAIN`)."""

    checks: tuple[Check, ...]
    standing: str
    verdict: str
    reply: str
    signs: tuple[str, ...]

    def as_json(self, language: str) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "reply": self.reply,
            "standing": self.standing,
            "signs": list(self.signs),
            "checks": [
                {
                    "method": each.method,
                    "of": each.of,
                    "result": each.result,
                    "reason": each.reason.in_(language),
                }
                for each in self.checks
            ],
        }


def check(
    caller: Caller, message: bytes, *, client: str = "", helo: str = "", sender: str = "", login: str = ""
) -> Checked:
    """Raises `Refused` with what is wrong, `Unanswered` without an agent."""
    require(caller, "look")
    findings = [
        Finding("too-long", name, _LONG) for name, text in (("helo", helo), ("from", sender)) if len(text) > 1000
    ]
    if not message.strip():
        findings.append(Finding("message-empty", "message", _EMPTY))
    if len(message) > LARGEST:
        findings.append(Finding("message-large", "message", _LARGE))
    address = ""
    try:
        address = str(ipaddress.ip_address(client)) if client else ""
    except ValueError:
        findings.append(Finding("client-address", "client", _NO_ADDRESS.with_(client=client[:100])))
    if findings:
        raise Refused(findings=findings)
    answer = agent_link.check_message(
        {
            "message": base64.b64encode(message).decode(),
            "client": address,
            "helo": helo,
            "from": sender.removeprefix("<").removesuffix(">"),
            "login": login,
        }
    )
    if answer is None:
        raise Unanswered(findings=[runs.away_finding()])
    if not answer["ok"]:
        raise Refused(findings=[Finding.from_wire(each) for each in answer["findings"]])
    checks = [
        Check(each["method"], each["of"], each["result"], sentence(each["code"], each["details"], each["comment"]))
        for each in answer["checks"]
    ]
    return Checked(tuple(checks), answer["standing"], answer["verdict"], answer["reply"], tuple(answer["signs"]))

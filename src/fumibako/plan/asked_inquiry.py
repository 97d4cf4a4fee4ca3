"""An inquiry as a person writes it: the parts of a message's envelope, and who would bring it."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.mail.target import Target
from fumibako.plan.inquiry import CLIENT_NAME, SERVICES, Inquiry
from fumibako.plan.questions import OUTSIDER
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.malformed import words
from fumibako.schema.text import Text

_NULL: Final = ("", "<>")
_HELO: Final = re.compile(r"[!-;=?-~]{1,255}")

_WANTED: Final = Text(
    "Write an address: hanako@example.co.jp.", "hanako@example.co.jp のようにアドレスを書いてください。"
)
_CLIENT: Final = Text(
    "“{text}” is no IP address. Write 192.0.2.1 or 2001:db8::1.",
    "「{text}」は IP アドレスではありません。192.0.2.1 や 2001:db8::1 のように書いてください。",
)
_NAME: Final = Text(
    "“{text}” cannot be a HELO name: printable ASCII without blanks, at most 255 characters.",
    "「{text}」は HELO の名前として使えません。空白を含まない半角英数記号 (255 文字まで) で書いてください。",
)
_SERVICE: Final = Text(
    "There is no service “{text}”: smtp, submission or smtps.",
    "「{text}」というサービスはありません。smtp、submission、smtps のいずれかです。",
)


def asked_inquiry(
    *,
    sender: str,
    recipient: str,
    client: str = "",
    helo: str = "",
    login: str = "",
    service: str = "",
    primary_domain: str | None = None,
) -> tuple[Inquiry | None, list[Finding]]:
    """The inquiry, or what is wrong with its parts; paths are `from`, `to`, `client`, `helo`, `auth` and `service`.

    What is not said is a stranger's: an address of TEST-NET-2 (RFC 5737). Who has logged in comes by submission. A bare
    name belongs to `primary_domain`; no sender, or `<>`, is the null path.
    """
    findings: list[Finding] = []
    domain = DomainName(primary_domain) if primary_domain else None

    def address(path: str, text: str) -> str:
        try:
            return Target.parse(text.strip().removeprefix("<").removesuffix(">"), primary_domain=domain).folded
        except Malformed as wrong:
            message = _WANTED if wrong.code in ("local-part-empty", "address-no-domain") else words(wrong)
            findings.append(Finding(wrong.code, path, message))
            return ""

    def checked(path: str, text: str, well: Callable[[str], bool], message: Text, code: str) -> str:
        if not well(text):
            findings.append(Finding(code, path, message.with_(text=shown(text))))
        return text

    found = Inquiry(
        sender="" if sender.strip() in _NULL else address("from", sender),
        recipient=address("to", recipient),
        client=_client(client.strip(), findings),
        helo=checked("helo", helo.strip() or CLIENT_NAME, lambda text: bool(_HELO.fullmatch(text)), _NAME, "helo-name"),
        login=address("auth", login) if login.strip() else "",
        service=checked(
            "service",
            service.strip() or ("submission" if login.strip() else "smtp"),
            lambda text: text in SERVICES,
            _SERVICE,
            "unknown-service",
        ),
    )
    return (None if findings else found), findings


def _client(text: str, findings: list[Finding]) -> str:
    """The address in its one spelling; an IPv4 address that is mapped into IPv6 is the IPv4 address, as Postfix sees it."""
    try:
        address = ip_address(text or OUTSIDER)
    except ValueError:
        findings.append(Finding("client-address", "client", _CLIENT.with_(text=shown(text))))
        return text
    mapped = getattr(address, "ipv4_mapped", None)
    if getattr(address, "scope_id", None):
        findings.append(Finding("client-address", "client", _CLIENT.with_(text=shown(text))))
    return str(mapped or address)

"""What is wrong with virus scanners: where they are, and mail that would go round in a circle."""

from __future__ import annotations

import ipaddress

from fumibako.features.basics.section import Basics
from fumibako.features.basics.services import SERVICE_NAMES, service_enabled
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

_LOOP = Text(
    "This server itself listens on port {port}: mail would go round in a circle. Write the scanner's port.",
    "ポート {port} はこのサーバー自身が使っており、メールが循環してしまいます。スキャナーのポートを書いてください。",
)


def check_scanners(basics: Basics) -> list[Finding]:
    return [*_content_filter(basics), *_milter(basics), *_behind(basics)]


def _content_filter(basics: Basics) -> list[Finding]:
    scanner = basics.content_filter
    if scanner is None:
        return []
    path = "basics.content_filter.host"
    found = _host(scanner.host, path)
    if found:
        return found
    here = _is_here(scanner.host, basics)
    if here and scanner.port in _listening(basics):
        return [Finding("scanner-loop", "basics.content_filter.port", _LOOP.with_(port=scanner.port))]
    if not here:
        message = Text(
            "Mail comes back to port {port} on loopback only: a scanner on another machine needs a tunnel to it.",
            "検査後のメールはループバックのポート {port} だけで受け取ります。別のマシンのスキャナーにはトンネルが必要です。",
        )
        return [Finding("scanner-elsewhere", path, message.with_(port=scanner.reinject_port), "warning")]
    return []


def _milter(basics: Basics) -> list[Finding]:
    scanner = basics.milter_scanner
    if scanner is None or scanner.socket is not None:
        return []
    found = _host(scanner.host, "basics.milter_scanner.host")
    if not found and _is_here(scanner.host, basics) and scanner.port in _listening(basics):
        found = [Finding("scanner-loop", "basics.milter_scanner.port", _LOOP.with_(port=scanner.port))]
    return found


def _behind(basics: Basics) -> list[Finding]:
    """A scanner in front and one behind: the first passes mail on to the second, and nothing is wrong with that but
    that each message is scanned twice."""
    if not (basics.services.smtp.behind_scanner and (basics.content_filter or basics.milter_scanner)):
        return []
    message = Text(
        "Mail on SMTP has been through a scanner already; here it goes through a second one.",
        "SMTP のメールはすでにスキャナーを通っています。ここでもう一度検査されます。",
    )
    return [Finding("scanned-twice", "basics.services.smtp.behind_scanner", message, "warning")]


def _host(host: str, path: str) -> list[Finding]:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            if host != "localhost":
                DomainName.parse(host)
        except Malformed:
            message = Text(
                "“{host}” is neither an address nor a host name.", "「{host}」はアドレスでもホスト名でもありません。"
            )
            return [Finding("scanner-host", path, message.with_(host=shown(host)), suggestion="127.0.0.1")]
        return []
    if address.is_unspecified or address.is_multicast or getattr(address, "scope_id", None):
        message = Text("“{host}” is not the address of a host.", "「{host}」は接続先のアドレスになりません。")
        return [Finding("scanner-host", path, message.with_(host=shown(host)), suggestion="127.0.0.1")]
    return []


def _is_here(host: str, basics: Basics) -> bool:
    if host in ("localhost", basics.hostname, *basics.listen):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(basics: Basics) -> set[int]:
    """The ports that are this server's own."""
    ports = {getattr(basics.services, name).port for name in SERVICE_NAMES if service_enabled(basics.services, name)}
    return ports | ({basics.content_filter.reinject_port} if basics.content_filter is not None else set())

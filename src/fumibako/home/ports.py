"""The ports of a home: every service's standard number + the port base, on every address it listens on."""

from __future__ import annotations

import errno
import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

from fumibako.features.basics.section import FORWARD_PORT, REPLY_PORT
from fumibako.features.basics.services import STANDARD_PORTS
from fumibako.home.listening import refusal
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

CONSOLE_PORT: Final = 443


def home_ports(port_base: int) -> tuple[int, ...]:
    return tuple(
        sorted(port_base + port for port in (*STANDARD_PORTS.values(), FORWARD_PORT, REPLY_PORT, CONSOLE_PORT))
    )


def overlapping(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two listeners on the same port would meet: a wildcard meets every address of its family, and Linux's
    `::` meets IPv4 too."""
    return any(_meet(ipaddress.ip_address(left), ipaddress.ip_address(right)) for left in one for right in other)


def _meet(
    left: ipaddress.IPv4Address | ipaddress.IPv6Address, right: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> bool:
    if left == right:
        return True
    if left.version == right.version:
        return left.is_unspecified or right.is_unspecified
    return (left if left.version == 6 else right).is_unspecified


def port_findings(port_base: int, listen: Sequence[str]) -> list[Finding]:
    """What stands against listening on these addresses and ports right now: asked of the kernel, by doing it."""
    findings: list[Finding] = []
    for address in listen:
        for port in home_ports(port_base):
            error = refusal(address, port)
            if error is None:
                continue
            if error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                findings.append(_not_ours(address))
                break
            if error.errno == errno.EADDRINUSE:
                findings.append(_taken(address, port, port_base))
            else:
                findings.append(_unusable(address, port, error))
    return findings


def _not_ours(address: str) -> Finding:
    return Finding(
        "listen-address",
        "--listen",
        Text(
            f"{address} is not an address of this machine.",
            f"{address} はこの機械のアドレスではありません。",
        ),
    )


def _taken(address: str, port: int, port_base: int) -> Finding:
    return Finding(
        "port-taken",
        "--port-base",
        Text(
            f"Another program listens on port {port} of {address}. Choose another --port-base than {port_base}, "
            "or stop that program.",
            f"{address} のポート {port} は別のプログラムが使っています。--port-base を {port_base} 以外にするか、"
            "そのプログラムを止めてください。",
        ),
    )


def _unusable(address: str, port: int, error: OSError) -> Finding:
    return Finding(
        "port-unusable",
        "--port-base",
        Text(
            f"Port {port} of {address} cannot be opened: {error.strerror}.",
            f"{address} のポート {port} を開けません: {error.strerror}",
        ),
    )

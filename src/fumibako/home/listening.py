"""Whether a port can be had, and what to say where the console's cannot."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence

from fumibako.schema.finding import Finding
from fumibako.schema.text import Text


def refusal(address: str, port: int) -> OSError | None:
    """Why nobody could listen there now, None where somebody could: asked of the kernel, by doing it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as attempt:
            # As servers do: connections that linger in TIME_WAIT are nobody's port.
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                attempt.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            attempt.bind((address, port))
            attempt.listen(1)
    except OSError as error:
        return error
    return None


def console_findings(port: int, listen: Sequence[str]) -> list[Finding]:
    """What keeps the console from listening. Mail's ports are checked by every apply, this one only here."""
    return [_console_port(address, port, error) for address in listen if (error := refusal(address, port)) is not None]


def _console_port(address: str, port: int, error: OSError) -> Finding:
    if error.errno == errno.EADDRINUSE:
        text = Text(
            f"Another program listens on port {port} of {address}, which is the console's. Stop that program first.",
            f"{address} のポート {port} はコンソールが使いますが、別のプログラムが使っています。先に止めてください。",
        )
    else:
        text = Text(
            f"The console cannot listen on port {port} of {address}: {error.strerror}.",
            f"コンソールが {address} のポート {port} を開けません: {error.strerror}",
        )
    return Finding("console-port", "console", text)

"""One question to the agent over its Unix socket: how is the mail service, measured now?"""

from __future__ import annotations

import socket
from typing import Any

from fumibako.layout import Home
from fumibako.wire import frames


class NodeAway(Exception):
    """The agent does not answer."""


def observed(home: Home, *, timeout: float = 5.0) -> dict[str, Any]:
    """The agent's answer to `observe`: services with `enabled` and `answers`, the serving revision, queue, drift."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(timeout)
            line.connect(str(home.node_socket))
            line.sendall(frames.encode({"verb": "observe"}))
            answer = frames.decode(_exactly(line, frames.body_length(_exactly(line, frames.HEADER))))
    except (OSError, frames.BadFrame) as error:
        raise NodeAway(f"{home.node_socket}: {error}") from error
    if answer.get("ok") is not True:
        raise NodeAway(f"{home.node_socket}: {answer.get('code', answer)}")
    return answer


def _exactly(line: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        piece = line.recv(min(count - len(data), 1 << 20))
        if not piece:
            raise ConnectionResetError("the agent closed the connection")
        data += piece
    return bytes(data)

"""Asking a home's mail filter, as Postfix would ask it. Needs Postfix's group."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import PurePath

from fumibako.layout import Home

_LONGEST = 10_000  # octets of an answer


def filter_answers(home: Home, *, patience: float = 1.0) -> bool:
    """A worker takes the question and answers it."""
    return ask_filter(home, "alive", {}, patience=patience) == "DUNNO"


def ask_filter(
    home: Home, context: str, attributes: Mapping[str, str], *, patience: float, socket_path: PurePath | None = None
) -> str | None:
    """The action that the answerer `context` gives (`mailfilter.answerers`), None where nobody answers in time. A trial's
    filter has a socket elsewhere."""
    said = {"request": "smtpd_access_policy", "policy_context": context, **attributes}
    question = "".join(f"{name}={value}\n" for name, value in said.items()) + "\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(patience)
        try:
            line.connect(str(socket_path or home.policy_socket))
            line.sendall(question.encode())
            answer = b""
            while not answer.endswith(b"\n\n") and len(answer) < _LONGEST:
                if not (chunk := line.recv(4096)):
                    return None
                answer += chunk
        except OSError:
            return None
    return answer.decode("utf-8", "replace").removeprefix("action=").rstrip("\n")

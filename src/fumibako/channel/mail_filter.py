"""Whether a home's mail filter answers, asked as Postfix would ask it."""

from __future__ import annotations

import socket

from fumibako.layout import Home

_QUESTION = b"request=smtpd_access_policy\npolicy_context=alive\n\n"
_ANSWER = b"action=DUNNO\n\n"


def filter_answers(home: Home, *, patience: float = 1.0) -> bool:
    """A worker takes the question and answers it. Needs Postfix's group."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(patience)
        try:
            line.connect(str(home.policy_socket))
            line.sendall(_QUESTION)
            return line.recv(100) == _ANSWER
        except OSError:
            return False

"""What is done to the whole queue; never to one message, and never to its contents."""

from __future__ import annotations

from typing import Final

from fumibako.applier.programs import run
from fumibako.applier.refused import Refused
from fumibako.layout import Home
from fumibako.schema.text import Text
from fumibako.wire.applier import QueueAction

_FAILED: Final = Text("Postfix's queue could not be set going.", "Postfix のキューを動かせませんでした。")


def act(home: Home, action: QueueAction) -> None:
    """`flush` wants a running Postfix, the others do not: pickup(8) and qmgr(8) find the messages when they next look."""
    postfix = str(home.postfix)
    match action:
        case "flush":
            _run(["/usr/sbin/postqueue", "-c", postfix, "-f"])
        case "requeue":
            _run(["/usr/sbin/postsuper", "-c", postfix, "-r", "ALL"])
            # Else it looks once a minute. A Postfix that is stopped has nobody to wake.
            run(["/usr/sbin/postkick", "-c", postfix, "public", "pickup", "W"])
        case "scan":
            run(["/usr/sbin/postkick", "-c", postfix, "public", "qmgr", "I"])


def _run(argv: list[str]) -> None:
    outcome = run(argv)
    if outcome.status != 0:
        raise Refused("queue", _FAILED, outcome.text)

"""The agent's own socket: wake it when there is work, ask it how things are."""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings

from fumibako.wire.frames import HEADER, BadFrame, body_length, decode, encode

logger = logging.getLogger(__name__)
_WAKE_SECONDS: Final = 0.5
_OBSERVE_SECONDS: Final = 4.0  # the agent measures for two at most
_EXPLAIN_SECONDS: Final = 60.0  # a policy service may take 25, a trial waits for the run under way


def wake() -> None:
    """Tell the agent that there is work. It asks by itself every two seconds, so a deaf one costs time, nothing else."""
    try:
        _ask({"verb": "wake"}, _WAKE_SECONDS)
    except (OSError, BadFrame) as error:
        logger.info("the agent was not woken: %s", error)


def look_at_zones() -> None:
    """Tell the agent that domains are due to have their DNS looked at."""
    try:
        _ask({"verb": "zones"}, _WAKE_SECONDS)
    except (OSError, BadFrame) as error:
        logger.info("the agent was not woken: %s", error)


def primaries() -> list[dict[str, Any]]:
    """The primary name servers on the agent's machine (`node.primaries`); none where it does not answer."""
    try:
        return list(_ask({"verb": "primaries"}, _OBSERVE_SECONDS).get("primaries") or [])
    except (OSError, BadFrame) as error:
        logger.info("the agent does not answer: %s", error)
        return []


def observe() -> dict[str, Any] | None:
    """What the agent measures right now, None when it does not answer."""
    try:
        answer = _ask({"verb": "observe"}, _OBSERVE_SECONDS)
    except (OSError, BadFrame) as error:
        logger.info("the agent does not answer: %s", error)
        return None
    return answer if answer.get("ok") else None


def domain_notes(domains: Sequence[str]) -> dict[str, dict[str, Any]] | None:
    """What the mail filter has noted of these domains (`node.domain_notes`), None when the agent does not answer."""
    try:
        return dict(_ask({"verb": "domain_notes", "domains": list(domains)}, _OBSERVE_SECONDS).get("domains") or {})
    except (OSError, BadFrame) as error:
        logger.info("the agent does not answer: %s", error)
        return None


def explain(request: dict[str, Any]) -> dict[str, Any] | None:
    """The agent's answer to an inquiry, None when it does not answer. With a `run` the candidate is tried first."""
    try:
        return _ask({"verb": "explain", **request}, _EXPLAIN_SECONDS)
    except (OSError, BadFrame) as error:
        logger.info("the agent does not explain: %s", error)
        return None


def check_message(request: dict[str, Any]) -> dict[str, Any] | None:
    """How a message fares (`node.message_check`), None when the agent does not answer."""
    try:
        return _ask({"verb": "check_message", **request}, _EXPLAIN_SECONDS)
    except (OSError, BadFrame) as error:
        logger.info("the agent does not check: %s", error)
        return None


def _ask(request: dict[str, Any], seconds: float) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        connection.connect(str(settings.HOME.node_socket))
        connection.sendall(encode(request))
        return decode(_exactly(connection, body_length(_exactly(connection, HEADER))))


def _exactly(connection: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = connection.recv(length - len(parts))
        if not part:
            raise BadFrame("the agent hung up")
        parts += part
    return bytes(parts)

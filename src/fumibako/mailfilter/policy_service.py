"""Connections that speak the policy protocol: questions are answered one after the other, each within its time."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable
from typing import Any, Final, cast

from fumibako.mailfilter.answerers import ANSWERERS, DEFER
from fumibako.mailfilter.eager import when_ended
from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.policy import PolicyParser, PolicyRequest, Violation, answer

_log = logging.getLogger(__name__)

BUDGET: Final = 20.0  # seconds for an answer
_WAITING: Final = 16  # questions that may wait; Postfix sends the next one only after an answer


class PolicyConnection(asyncio.Protocol):
    def __init__(self, instance: Instance, connections: set[Any]) -> None:
        self._instance = instance
        self._connections = connections
        self._parser = PolicyParser()
        self._waiting: deque[PolicyRequest] = deque()
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Future[str] | None = None
        self._finishing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._connections.discard(self)
        self._transport = None
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self._waiting.extend(self._parser.feed(data))
        except Violation as violation:
            _log.warning("policy: %s", violation)
            self._close()
            return
        if len(self._waiting) > _WAITING:
            self._close()
        elif self._waiting and self._task is None:
            self._go_on()

    def finish(self) -> None:
        self._finishing = True
        if self._task is None:
            self._close()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _go_on(self) -> None:
        """Most is answered at once, without a task of its own. Behind what has to be waited for, the other questions wait."""
        while self._waiting and self._transport is not None:
            request = self._waiting.popleft()
            action = answered(request, self._instance)
            if not isinstance(action, str):
                self._wait_for(action, request.context)
                return
            self._transport.write(answer(action))
        if self._finishing:
            self._close()

    def _wait_for(self, action: Awaitable[str], context: str) -> None:
        def answer_it(task: asyncio.Future[str]) -> None:
            self._task = None
            if self._transport is not None:
                self._transport.write(answer(_outcome(task, context)))
                self._go_on()

        self._task = asyncio.ensure_future(action)
        when_ended(self._task, BUDGET, answer_it)


def answered(request: PolicyRequest, instance: Instance) -> str | Awaitable[str]:
    """The action of the one who is asked; on any trouble that one's safe side."""
    registered = ANSWERERS.get(request.context)
    if registered is None:
        _log.error("policy: nobody answers to %r", request.context[:80])
        return DEFER
    try:
        instance.refresh()
        return registered.answerer.answer(request, instance)
    except Exception:  # noqa: BLE001  # whatever an answerer stumbles over, Postfix gets an answer
        _log.exception("policy: %s failed", request.context)
        return registered.trouble


def _outcome(task: asyncio.Future[str], context: str) -> str:
    """What came of an action that was waited for."""
    if task.cancelled():
        _log.error("policy: %s took longer than %d s", context, BUDGET)
    elif error := task.exception():
        _log.error("policy: %s failed", context, exc_info=error)
    else:
        return task.result()
    return ANSWERERS[context].trouble

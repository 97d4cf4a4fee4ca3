"""Reports to the console: progress as it comes, outcomes until they are taken."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from fumibako.channel.console import ConsoleError, ConsoleRefused
from fumibako.node.node import Node
from fumibako.plan.report import Step
from fumibako.wire.console import Outcome, outcome_path, progress_path

log = logging.getLogger("fumibako.node")

_TIMEOUT: Final = 5.0


class Reporter:
    """Progress of one run. Only the latest state is sent, and a console that is away misses it: steps come once more
    with the outcome."""

    def __init__(self, node: Node, run: int) -> None:
        self._node = node
        self._run = run
        self._latest: tuple[Step, ...] | None = None
        self._sender: asyncio.Task[None] | None = None

    def seen(self, steps: tuple[Step, ...]) -> None:
        self._latest = steps
        if self._sender is None or self._sender.done():
            self._sender = asyncio.get_running_loop().create_task(self._send())

    async def settled(self) -> None:
        """Nothing is on its way any more, so that progress cannot overtake the outcome."""
        if self._sender is not None:
            await asyncio.wait([self._sender])

    async def _send(self) -> None:
        while self._latest is not None:
            steps, self._latest = self._latest, None
            body = {"steps": [step.as_wire() for step in steps]}
            try:
                await asyncio.to_thread(
                    self._node.console.request, "POST", progress_path(self._run), body, timeout=_TIMEOUT
                )
            except ConsoleError as error:
                log.debug("progress of run %d: %s", self._run, error)


def keep(node: Node, run: int, outcome: Outcome) -> None:
    """Put the outcome where it outlives us, to be delivered."""
    node.state.keep_outcome(run, outcome.as_json())


async def deliver(node: Node) -> bool:
    """Deliver what is kept. False where the console did not take all of it: then there is no new work to ask for.

    An outcome that the console refuses (a run that it does not know) is forgotten: it will not know it tomorrow.
    """
    for run, outcome in await asyncio.to_thread(node.state.outcomes):
        try:
            await asyncio.to_thread(node.console.request, "POST", outcome_path(run), outcome)
        except ConsoleRefused as error:
            log.warning("the console refuses the outcome of run %d: %s", run, error)
        except ConsoleError as error:
            log.info("the outcome of run %d waits: %s", run, error)
            return False
        node.state.delivered(run)
    return True

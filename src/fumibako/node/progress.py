"""The steps of a run as they tick over, reported while they do."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from fumibako.node.trouble import Trouble, trouble
from fumibako.plan.report import NOTHING, Step, StepOutcome
from fumibako.schema.text import Text

log = logging.getLogger("fumibako.node")

Seen = Callable[[tuple[Step, ...]], None]


class Progress:
    """`seen` is told of every change; it must not block."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._steps: list[Step] = []

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(self._steps)

    @contextmanager
    def step(self, name: str, title: Text) -> Iterator[Said]:
        """Runs from here to the end of the block. What goes wrong in it leaves as `Trouble`, written down."""
        started = time.monotonic()
        said = Said()
        self._steps.append(Step(name, title, "running"))
        self._seen(self.steps)
        try:
            yield said
        except Exception as error:
            failure: Trouble = trouble(error)
            log.warning("%s: %s: %s %s", name, failure.code, failure.text.en, failure.detail)
            self._settle("failed", started, failure.text, failure.detail)
            raise failure from error
        self._settle("skipped" if said.skipped else "done", started, said.text, said.detail)

    def skip(self, name: str, title: Text, why: Text) -> None:
        self._steps.append(Step(name, title, "skipped", text=why))
        self._seen(self.steps)

    def undone(self, names: frozenset[str]) -> None:
        """These steps have been taken back."""
        self._steps = [
            replace(step, outcome="undone") if step.name in names and step.outcome == "done" else step
            for step in self._steps
        ]
        self._seen(self.steps)

    def _settle(self, outcome: StepOutcome, started: float, text: Text, detail: str) -> None:
        step = self._steps[-1]
        seconds = time.monotonic() - started
        self._steps[-1] = Step(step.name, step.title, outcome, seconds, text, detail)
        self._seen(self.steps)


class Said:
    """What a step has to say when it is done."""

    def __init__(self) -> None:
        self.text = NOTHING
        self.detail = ""
        self.skipped = False

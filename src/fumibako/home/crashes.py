"""What supervisord does not remember: how often each process died, and that waiting has a limit.

supervisord loads this module as one of its RPC interfaces. It hears of every change of state, counts, and cuts the
growing wait between two attempts, so that a process whose trouble is over is back within five seconds.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from typing import Any, Final

from supervisor import events
from supervisor.states import ProcessStates

LONGEST_WAIT: Final = 5.0
# So many restarts in so many seconds are a crash loop.
LOOP_RESTARTS: Final = 3
LOOP_SECONDS: Final = 60.0


class Crashes:
    """`fumibako.counts` over RPC."""

    def __init__(self) -> None:
        self._restarts: defaultdict[str, int] = defaultdict(int)
        self._recent: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=LOOP_RESTARTS))
        events.subscribe(events.ProcessStateEvent, self._changed)

    def counts(self) -> dict[str, dict[str, Any]]:
        """Every process that was started again: how often, and whether it is in a crash loop."""
        now = time.monotonic()
        return {
            name: {
                "restarts": restarts,
                "looping": len(self._recent[name]) == LOOP_RESTARTS and now - self._recent[name][0] < LOOP_SECONDS,
            }
            for name, restarts in self._restarts.items()
        }

    def _changed(self, event: Any) -> None:
        process = event.process
        if isinstance(event, events.ProcessStateBackoffEvent):
            process.backoff = min(process.backoff, int(LONGEST_WAIT))
            process.delay = min(process.delay, time.time() + LONGEST_WAIT)
        again = event.from_state in {ProcessStates.EXITED, ProcessStates.BACKOFF}
        if again and isinstance(event, events.ProcessStateStartingEvent):
            self._restarts[process.config.name] += 1
            self._recent[process.config.name].append(time.monotonic())


def make_rpcinterface(_supervisord: Any, **_options: str) -> Crashes:
    return Crashes()

"""The applier, asked without blocking, and asked again once when it was restarted meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, TypeVar

from fumibako.channel.applier import ApplierAway, ApplierChannel
from fumibako.wire.applier import Installed

_T = TypeVar("_T")

# Its supervisor brings it back within a second or two.
PATIENCE: Final = 6.0
_PAUSE: Final = 0.1


class Link:
    """Every verb but `install` may be asked twice; `install` is asked what became of it."""

    def __init__(self, channel: ApplierChannel) -> None:
        self.channel = channel

    async def ask(self, verb: Callable[[ApplierChannel], _T], *, patience: float = PATIENCE) -> _T:
        """The verb's answer. Raises what the channel raises; `ApplierAway` only after one more attempt."""
        try:
            return await asyncio.to_thread(verb, self.channel)
        except ApplierAway:
            await self.back(patience)
            return await asyncio.to_thread(verb, self.channel)

    async def install(self, generation: int, expect: int | None) -> Installed:
        try:
            return await asyncio.to_thread(self.channel.install, generation, expect)
        except ApplierAway:
            await self.back(PATIENCE)
            seen = await asyncio.to_thread(self.channel.observe)
            if seen.serving == generation:
                return Installed(expect)
            return await asyncio.to_thread(self.channel.install, generation, expect)

    async def back(self, patience: float) -> None:
        """Wait until the applier answers again; `ApplierAway` when it does not."""
        deadline = time.monotonic() + patience
        while True:
            try:
                await asyncio.to_thread(self.channel.observe)
            except ApplierAway:
                if time.monotonic() >= deadline:
                    raise
                await asyncio.sleep(_PAUSE)
            else:
                return

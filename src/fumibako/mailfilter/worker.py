"""One worker: an event loop that serves the connections which the kernel gives it.

SIGHUP reads the configuration anew, SIGTERM lets what has begun come to its end. Configuration is also read anew when the
serving generation is another one, which each new question notices.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, Protocol

import uvloop

from fumibako.layout import Home
from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.milter_service import MilterConnection
from fumibako.mailfilter.policy_service import PolicyConnection
from fumibako.mailfilter.srs import SrsConnection

_log = logging.getLogger(__name__)

# How long a stopped worker goes on with what it has begun. A message has 20 seconds in all.
PATIENCE: Final = 20.0
# A message makes some thousand objects and leaves none in a circle: looking for those after every few hundred is a tenth of the work.
_NEW_OBJECTS: Final = 20_000


class Connection(Protocol):
    """What every connection of a worker is: asyncio's protocol, and able to end after what it is doing."""

    def finish(self) -> None:
        """Close now, or when the question is answered that is being worked on."""


class Worker:
    def __init__(self, home: Home) -> None:
        self.instance = Instance(home)
        self.connections: set[Connection] = set()
        self._told_to_end = asyncio.Event()

    async def live(self, sockets: Mapping[str, socket.socket], watched: Iterable[signal.Signals]) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._told_to_end.set)
        loop.add_signal_handler(signal.SIGINT, self._told_to_end.set)
        loop.add_signal_handler(signal.SIGHUP, self.instance.reload)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, set(watched))
        self.instance.refresh()
        servers = [
            await loop.create_unix_server(self._factory(make), sock=sockets[name]) for name, make in SERVICES.items()
        ]
        await self._told_to_end.wait()
        for server in servers:
            server.close()
        for connection in tuple(self.connections):
            connection.finish()
        deadline = loop.time() + PATIENCE
        while self.connections and loop.time() < deadline:
            await asyncio.sleep(0.05)

    def _factory(self, make: Callable[[Instance, set[Connection]], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        return lambda: make(self.instance, self.connections)


# By the names of their sockets.
SERVICES: Final[Mapping[str, Callable[[Instance, set[Connection]], asyncio.Protocol]]] = {
    "milter": MilterConnection,
    "policy": PolicyConnection,
    "srs": SrsConnection,
}


def sockets(home: Home) -> dict[str, Path]:
    return {name: Path(home.filter / f"{name}.sock") for name in SERVICES}


def run(home: Home, inherited: Mapping[str, socket.socket], watched: Iterable[signal.Signals]) -> int:
    """Be a worker until told to end; the watched signals are blocked until it can hear them."""
    signal.set_wakeup_fd(-1)
    os.umask(0o007)
    gc.set_threshold(_NEW_OBJECTS, 20, 20)

    async def live() -> None:
        await Worker(home).live(inherited, watched)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(live())
    return 0

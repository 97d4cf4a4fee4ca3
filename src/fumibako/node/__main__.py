"""`python -m fumibako.node --home DIR`: the node agent, in the foreground; its log goes to standard error."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import PurePosixPath

from fumibako.channel.applier import ApplierChannel
from fumibako.channel.console import ConsoleChannel
from fumibako.layout import Home
from fumibako.node.agent import Agent
from fumibako.node.link import Link
from fumibako.node.lookups import Lookups
from fumibako.node.node import Node
from fumibako.node.state import State


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="fumibako.node", description="The node agent of a home.")
    parser.add_argument("--home", required=True, type=PurePosixPath)
    home = Home(parser.parse_args(argv).home)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    # Databases are shared with their readers by group; our own files are opened 0600 where they are made.
    os.umask(0o007)
    node = Node(
        home,
        Link(ApplierChannel(home.applier_socket)),
        ConsoleChannel(home.console_socket, timeout=30.0),
        State(home),
        Lookups(home),
    )
    # A hundred thousand edits of one run are not garbage, and looking through them again and again takes time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    asyncio.run(_live(Agent(node)))
    return 0


async def _live(agent: Agent) -> None:
    """SIGTERM ends us wherever we are, at once: what we were in the middle of stands in the journal."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, os._exit, 0)
    await agent.live()


if __name__ == "__main__":
    sys.exit(main())

"""What the agent works with, in one value."""

from __future__ import annotations

from dataclasses import dataclass

from fumibako.channel.console import ConsoleChannel
from fumibako.layout import Home
from fumibako.node.link import Link
from fumibako.node.lookups import Lookups
from fumibako.node.state import State


@dataclass(frozen=True)
class Node:
    home: Home
    link: Link
    console: ConsoleChannel
    state: State
    lookups: Lookups

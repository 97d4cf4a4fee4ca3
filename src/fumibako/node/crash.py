"""A place to be killed at, for tests: `FUMIBAKO_CRASH=install:before` stops the agent there, once.

It leaves a mark in its state directory and stops itself; the test that sees the mark kills it, or lets it go on.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path, PurePath
from typing import Final

MARK: Final = "crash-point"


def point(state: PurePath, name: str) -> None:
    """Stop here if the environment names this point and no earlier process has stopped at it."""
    if os.environ.get("FUMIBAKO_CRASH") != name:
        return
    mark = Path(state) / MARK
    if not mark.exists():
        mark.write_text(name)
        os.kill(os.getpid(), signal.SIGSTOP)

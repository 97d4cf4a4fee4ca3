"""`python -m fumibako.mailfilter --home DIR`: the mail filter, in the foreground; its log goes to standard error."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import PurePosixPath

from fumibako.layout import Home
from fumibako.mailfilter.parent import Parent


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="fumibako.mailfilter", description="The mail filter of a home.")
    parser.add_argument("--home", required=True, type=PurePosixPath)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="processes; one a core")
    asked = parser.parse_args(argv)
    # Every message has its line; what the lines do not say is not looked for.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    return Parent(Home(asked.home), max(1, asked.workers)).live()


if __name__ == "__main__":
    sys.exit(main())

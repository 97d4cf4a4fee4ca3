"""Public suites: `$FUMIBAKO_CONFORMANCE`, else `../shared/conformance` beside the repository. They are never committed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[3] / "shared/conformance"
MISSING = "The public suites are neither in $FUMIBAKO_CONFORMANCE nor in ../shared/conformance."


def suites() -> Path | None:
    """The folder of the suites, if there is one."""
    named = os.environ.get("FUMIBAKO_CONFORMANCE")
    folder = Path(named) if named else BESIDE
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def suite() -> Callable[[str], Path]:
    """A file of a public suite. Without the suites a test is skipped, with `CI=true` it fails."""

    def find(name: str) -> Path:
        folder = suites()
        if folder is None:
            if os.environ.get("CI") == "true":
                pytest.fail(MISSING, pytrace=False)
            pytest.skip(MISSING)
        return folder / name

    return find

"""The code as a whole is clean: style, format, types, layers, shell scripts.

They are tests so that one command and one last line tell whether a change is good. `script/lint` runs the same tools.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def expect_content(*argv: str | Path) -> None:
    """Run a checker; what it has to say is the failure, whole and without our own traceback."""
    done = subprocess.run([str(word) for word in argv], cwd=TOP, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}".strip(), pytrace=False)


def test_ruff_finds_nothing() -> None:
    expect_content(BIN / "ruff", "check", "--no-cache", "--output-format=concise")


def test_the_code_is_formatted() -> None:
    expect_content(BIN / "ruff", "format", "--check", "--no-cache", "--output-format=concise")


def test_the_types_hold() -> None:
    expect_content(BIN / "mypy")


def test_imports_go_down_only() -> None:
    expect_content(BIN / "lint-imports", "--no-cache")


def test_shell_scripts_are_clean() -> None:
    candidates = [TOP / "run", TOP / "test", TOP / ".ci/run", *sorted((TOP / "script").iterdir())]
    scripts = [path for path in candidates if path.is_file() and path.read_text().startswith("#!/bin/sh\n")]
    assert TOP / "run" in scripts
    expect_content("shellcheck", *scripts)

"""The pinned requirements fit pyproject.toml, say by hash what they are, and do not say where to get it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]


def pinned(name: str) -> dict[str, str]:
    text = (TOP / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def wanted(requirements: list[str]) -> set[str]:
    names = [re.split(r"[\[~<>=! ]", requirement)[0] for requirement in requirements]
    return {re.sub(r"[._]", "-", name).lower() for name in names}


def test_everything_that_pyproject_wants_is_pinned() -> None:
    assert wanted(PROJECT["dependencies"]) <= pinned("run").keys()
    assert wanted(PROJECT["optional-dependencies"]["dev"]) <= pinned("dev").keys()


def test_tests_run_with_the_very_versions_that_people_run() -> None:
    assert pinned("run").items() <= pinned("dev").items()


@pytest.mark.parametrize("name", ["run", "dev"])
def test_every_pin_has_hashes_and_no_line_names_a_place(name: str) -> None:
    text = (TOP / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    assert not [entry for entry in entries if "--hash=sha256:" not in entry]
    assert not re.findall(r"^\s*(?:-i|--index-url|--extra-index-url|-f|--find-links)|https?:|file:", text, re.MULTILINE)

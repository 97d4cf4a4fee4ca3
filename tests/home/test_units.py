"""Which home systemd runs, where there is systemd."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from fumibako.home import units
from fumibako.layout import Home

UNIT = Path(__file__).parents[2] / "packaging/systemd/fumibako-applier.service"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that systemd runs, with our unit as script/install lays it."""
    (tmp_path / "running").mkdir()
    (tmp_path / "unit").write_text(UNIT.read_text())
    monkeypatch.setattr(units, "RUNNING", tmp_path / "running")
    monkeypatch.setattr(units, "UNIT", tmp_path / "unit")
    return tmp_path


def test_the_installed_home_is_systemds(machine: Path) -> None:
    assert units.governs(Home(PurePosixPath("/var/lib/fumibako")))


def test_any_other_home_is_not(machine: Path) -> None:
    assert not units.governs(Home(PurePosixPath("/var/lib/fumibako2")))
    assert not units.governs(Home(PurePosixPath("/lib/fumibako")))


def test_without_systemd_or_without_the_unit_none_is(machine: Path) -> None:
    installed = Home(PurePosixPath("/var/lib/fumibako"))
    (machine / "unit").unlink()
    assert not units.governs(installed)
    (machine / "unit").write_text(UNIT.read_text())
    (machine / "running").rmdir()
    assert not units.governs(installed)

"""Which home systemd runs, where there is systemd."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from fumibako.home import life, units
from fumibako.home.facts import HomeFacts
from fumibako.home.refusal import Refused
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


def test_it_is_not_started_beside_systemds_processes(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "require_readable_code", lambda: None)
    facts = HomeFacts(0, ("127.0.0.1",), "mail.example.jp", "", ("127.0.0.1",))
    with pytest.raises(Refused) as refusal:
        life.start(Home(PurePosixPath("/var/lib/fumibako")), facts)
    assert [finding.code for finding in refusal.value.findings] == ["systemd-governs"]


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

"""script/install lays down a system whose units systemd understands and finds well fenced."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
UNITS = ("fumibako-applier.service", "fumibako-console.service", "fumibako-filter.service", "fumibako-node.service")

# systemd's own measure, from 0 (fenced) to 10 (does as it likes). The applier mounts, opens a network and is root.
EXPOSED_AT_MOST = {
    "fumibako-applier.service": 4.5,
    "fumibako-console.service": 2.0,
    "fumibako-filter.service": 1.5,
    "fumibako-node.service": 1.5,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scratch system: nothing but systemd's own units, and ours."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree("/lib/systemd/system", root / "lib/systemd/system", symlinks=True)
    done = subprocess.run([TOP / "script/install", "--root", root], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return root


def test_the_code_is_there_and_nothing_of_the_checkout_beside_it(root: Path) -> None:
    code = root / "opt/fumibako"
    assert (code / "src/fumibako/__init__.py").exists()
    assert (code / "requirements/run.txt").exists()
    assert not any((code / name).exists() for name in (".git", ".venv", "tests", "var", ".new"))
    assert not list(code.rglob("__pycache__"))
    assert not [path for path in code.rglob("*") if path.stat().st_mode & 0o022]


def test_the_home_can_be_found(root: Path) -> None:
    assert (root / "etc/fumibako/home").readlink() == Path("/var/lib/fumibako")
    assert "/var/lib/fumibako" in (root / "usr/local/bin/fumibako").read_text()


def test_installing_again_replaces_the_code(root: Path) -> None:
    stale = root / "opt/fumibako/src/fumibako/stale.py"
    stale.write_text("")
    subprocess.run([TOP / "script/install", "--root", root], capture_output=True, check=True)
    assert not stale.exists()
    assert (root / "opt/fumibako/src/fumibako/__init__.py").exists()


def test_systemd_understands_the_units(root: Path) -> None:
    python = root / "opt/fumibako/.venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    done = subprocess.run(
        ["systemd-analyze", "verify", f"--root={root}", *UNITS, "fumibako.target"], capture_output=True, text=True
    )
    shutil.rmtree(python.parents[1])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", UNITS)
def test_a_process_may_no_more_than_its_job_needs(root: Path, unit: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--root={root}", unit], capture_output=True, text=True
    )
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert level, done.stdout + done.stderr
    assert float(level[1]) <= EXPOSED_AT_MOST[unit]


@pytest.mark.parametrize("unit", UNITS)
def test_no_process_gains_privileges_or_writes_outside_the_home(unit: str) -> None:
    lines = (TOP / "packaging/systemd" / unit).read_text().splitlines()
    assert "NoNewPrivileges=yes" in lines
    assert "ProtectSystem=strict" in lines
    assert [line for line in lines if line.startswith("ReadWritePaths=")] == ["ReadWritePaths=/var/lib/fumibako"]
    assert any(line.startswith("User=") for line in lines) == (unit != "fumibako-applier.service")

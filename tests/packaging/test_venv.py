"""script/venv makes an environment once and then knows that it is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a space in its path and one small requirement, which is taken from where pip is told to look."""
    checkout = tmp_path / "a checkout"
    (checkout / "script").mkdir(parents=True)
    (checkout / "requirements").mkdir()
    (checkout / "src/fumibako/cli").mkdir(parents=True)
    shutil.copy(TOP / "script/venv", checkout / "script/venv")
    (checkout / "src/fumibako/__init__.py").write_text("")
    (checkout / "src/fumibako/cli/__init__.py").write_text("def main() -> int:\n    print('here')\n    return 3\n")
    pinned = (TOP / "requirements/run.txt").read_text().split("\n")
    start = next(number for number, line in enumerate(pinned) if line.startswith("idna=="))
    end = next(number for number in range(start + 1, len(pinned)) if not pinned[number].startswith(" "))
    (checkout / "requirements/run.txt").write_text("\n".join(pinned[start:end]) + "\n")
    return checkout


def make(checkout: Path, language: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
    shutil.copy(checkout / "requirements/run.txt", checkout / "requirements/dev.txt")
    argv: list[str | Path] = [checkout / "script/venv", checkout / ".venv", checkout / "src", "run"]
    return subprocess.run(argv, env=os.environ | {"LC_ALL": language}, capture_output=True, text=True)


@pytest.mark.slow
def test_an_environment_is_made_once_refreshed_when_pins_change_and_remade_when_moved(checkout: Path) -> None:
    first = make(checkout)
    assert first.returncode == 0, first.stderr
    assert "Making a Python environment" in first.stderr

    launched = subprocess.run([checkout / ".venv/bin/fumibako"], capture_output=True, text=True)
    assert (launched.returncode, launched.stdout) == (3, "here\n")

    again = make(checkout)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")

    with (checkout / "requirements/run.txt").open("a") as pins:
        pins.write("# another day\n")
    changed = make(checkout, "ja_JP.UTF-8")
    assert changed.returncode == 0, changed.stderr
    assert changed.stderr == "Python パッケージをインストールします (requirements/run.txt)\n"

    moved = checkout.rename(checkout.with_name("elsewhere"))
    remade = make(moved)
    assert "Making a Python environment" in remade.stderr
    assert subprocess.run([moved / ".venv/bin/fumibako"], capture_output=True).returncode == 3


@pytest.mark.slow
def test_a_package_that_is_not_the_pinned_one_is_refused(checkout: Path) -> None:
    pins = checkout / "requirements/run.txt"
    pins.write_text(pins.read_text().split("\n")[0].replace("\\", "--hash=sha256:" + "0" * 64) + "\n")
    done = make(checkout)
    assert done.returncode != 0
    assert "DO NOT MATCH" in done.stderr
    assert not (checkout / ".venv/.fumibako-stamp").exists()

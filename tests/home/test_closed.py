"""Homes below directories that only root may enter."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fumibako.home.closed import OUTSIDE, covers
from fumibako.home.inside import command


@pytest.fixture
def closed() -> Iterator[Path]:
    """A directory as `mktemp -d` makes it, with a neighbour that is nobody's business and a file that anybody may read
    who gets there."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory).resolve()
        assert path.stat().st_mode & 0o777 == 0o700
        (path / "neighbour").mkdir()
        (path / "neighbour/secret").write_text("secret")
        (path / "open/nested/home").mkdir(parents=True)
        (path / "open/nested/home/inside").write_text("inside")
        yield path


def looked(home: Path, path: Path, user: str | None = None) -> str:
    """What a user sees at a path, from within the home's namespace."""
    program = "import pathlib, sys; p = pathlib.Path(sys.argv[1]); print(p.read_text() if p.is_file() else sorted(os.name for os in p.iterdir()))"
    done = subprocess.run(
        command(home, sys.executable, "-I", "-c", program, str(path), user=user), capture_output=True, text=True
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_a_user_reaches_a_home_below_a_closed_directory(closed: Path) -> None:
    home = closed / "open/nested/home"
    assert looked(home, home / "inside", "nobody") == "inside"


def test_and_nothing_else_that_is_below_it(closed: Path) -> None:
    home = closed / "open/nested/home"
    assert "FileNotFoundError" in looked(home, closed / "neighbour/secret", "nobody")
    assert "PermissionError" in looked(home, closed, "nobody")
    assert "PermissionError" in looked(home, closed / OUTSIDE / "neighbour/secret", "nobody")


def test_root_still_finds_what_was_covered(closed: Path) -> None:
    """An administrator's certificate may lie there."""
    home = closed / "open/nested/home"
    assert looked(home, closed / OUTSIDE / "neighbour/secret") == "secret"


def test_nothing_changes_outside(closed: Path) -> None:
    home = closed / "open/nested/home"
    before = Path("/proc/self/mountinfo").read_text()
    looked(home, home, "nobody")
    assert Path("/proc/self/mountinfo").read_text() == before
    assert sorted(path.name for path in closed.iterdir()) == ["neighbour", "open"]
    assert closed.stat().st_mode & 0o777 == 0o700


def test_what_is_written_in_the_home_is_written_to_the_home(closed: Path) -> None:
    home = closed / "open/nested/home"
    os.chmod(home, 0o777)
    program = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('written')"
    argv = command(home, sys.executable, "-I", "-c", program, str(home / "new"), user="nobody")
    subprocess.run(argv, check=True)
    assert (home / "new").read_text() == "written"


def test_closed_directories_inside_closed_directories_are_passed_too(closed: Path) -> None:
    os.chmod(closed / "open/nested", 0o700)
    home = closed / "open/nested/home"
    assert looked(home, home / "inside", "nobody") == "inside"


def test_only_the_topmost_closed_directory_is_covered(closed: Path) -> None:
    os.chmod(closed / "open/nested", 0o700)
    home = closed / "open/nested/home"
    assert covers([home, closed / "neighbour"]) == {closed: [home, closed / "neighbour"]}


def test_where_everybody_may_pass_there_is_no_namespace(tmp_path_factory: pytest.TempPathFactory) -> None:
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        home = Path(directory).resolve()
        own = os.readlink("/proc/self/ns/mnt")
        program = "import os; print(os.readlink('/proc/self/ns/mnt'))"
        argv = command(home, sys.executable, "-I", "-c", program, user="nobody")
        assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip() == own

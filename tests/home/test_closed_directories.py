"""Homes, code and certificates below directories that others may not enter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import fumibako
from fumibako.home.processes import processes_of
from tests.homes import TestedHome, new_home


@pytest.fixture
def closed() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fumi") as directory:
        assert Path(directory).stat().st_mode & 0o777 == 0o700
        yield Path(directory)


def test_a_home_below_a_closed_directory_serves(closed: Path) -> None:
    with new_home(parent=closed) as home:
        home.up()
        home.add_account("hanako@example.jp")
        assert home.cli("status").exit == 0
        assert closed.stat().st_mode & 0o777 == 0o700
        assert sorted(path.name for path in closed.iterdir()) == [home.root.parent.name]
        home.down()
        home.up()


@pytest.fixture
def closed_code(closed: Path) -> Path:
    """A copy of the code and an environment of its own below a closed directory; the command in it."""
    package = Path(fumibako.__file__).parent
    shutil.copytree(package, closed / "code/src/fumibako", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(closed / "code/.venv")], check=True)
    site = next((closed / "code/.venv/lib").glob("python3*/site-packages"))
    libraries = sysconfig.get_path("purelib")
    # Our own copy comes before the package that the libraries' place would lead to.
    (site / "code.pth").write_text(f"{closed}/code/src\n{libraries}\n")
    command = closed / "code/.venv/bin/fumibako"
    command.write_text(
        f"#!{closed}/code/.venv/bin/python\nimport sys\nfrom fumibako.cli import main\nsys.exit(main())\n"
    )
    command.chmod(0o755)
    return command


def test_code_below_a_closed_directory_runs(closed_code: Path, free_base: int) -> None:
    """As in a checkout below /root, with its home in it."""
    root = closed_code.parents[2] / "var"
    home = TestedHome(root, free_base)

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.defpath, "LANG": "C.UTF-8"}
        argv = [str(closed_code), "--home", str(root), *words]
        return subprocess.run(argv, capture_output=True, text=True, timeout=120, cwd="/", env=environment, umask=0o077)

    try:
        made = command("init", "--port-base", str(free_base), "--listen", "127.0.0.1")
        assert made.returncode == 0, made.stderr
        up = command("up", "--detach")
        assert up.returncode == 0, f"{up.stderr}\n{home.logs()}"
        assert command("domain", "add", "example.jp").returncode == 0
        assert command("status").returncode == 0
        for process in home.of_kind("console", "node"):
            assert str(closed_code.parent) in Path(f"/proc/{process.pid}/cmdline").read_text()
    finally:
        command("down")
        assert processes_of(home.layout) == []


def test_code_that_others_cannot_read_is_refused_with_what_to_do(closed_code: Path, free_base: int) -> None:
    root = closed_code.parents[2] / "var"
    (closed_code.parents[2] / "src/fumibako").chmod(0o700)
    argv = [str(closed_code), "--home", str(root), "init", "--port-base", str(free_base)]
    refused = subprocess.run(argv, capture_output=True, text=True, cwd="/", env={"LANG": "C.UTF-8"})
    assert refused.returncode == 1
    assert f"chmod -R go+rX {closed_code.parents[2]}" in refused.stderr
    assert not root.exists()


def test_a_certificate_below_the_covered_directory_can_be_used(closed: Path) -> None:
    """Its place is hidden from the home's processes, but not from the one that is root."""
    with new_home(parent=closed) as home:
        home.up()
        for name, source in (("cert.pem", "certificate.pem"), ("key.pem", "key.pem")):
            (closed / name).write_bytes((home.root / "tls/own" / source).read_bytes())
        files = f"{{certificate: {closed}/cert.pem, key: {closed}/key.pem}}"
        applied = home.apply(f"basics: {{hostname: mail.example.jp, tls: {files}}}")
        assert (applied.exit, applied.json["outcome"]) == (0, "applied"), applied
        missing = home.apply(f"basics: {{tls: {{certificate: {closed}/none.pem, key: {closed}/key.pem}}}}")
        assert missing.exit == 1

"""The store, and what is decided from it, on PostgreSQL: the same tests on a server of their own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
ALSO = ("tests/actions/test_aliases.py", "tests/actions/test_directory.py", "tests/actions/test_drafts.py")


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a PostgreSQL that listens on a Unix socket alone and ends with the test."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
    owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None  # it does not run as root
    place = Path(tempfile.mkdtemp(prefix="fumibako-pg-"))
    if owner:
        os.chown(place, owner.pw_uid, owner.pw_gid)

    def run(program: str, *arguments: str) -> None:
        user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        done = subprocess.run(
            [programs / program, *arguments],
            cwd=place,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            text=True,
            **user,  # type: ignore[call-overload]
        )
        assert done.returncode == 0, done.stdout

    data = str(place / "data")
    try:
        run("initdb", "-D", data, "-U", "fumibako", "--auth=trust", "--encoding=UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={place} -c fsync=off -c max_connections=50"
        run("pg_ctl", "-D", data, "-w", "-l", str(place / "log"), "-o", options, "start")
        try:
            yield f"host={place} user=fumibako dbname=postgres"
        finally:
            run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(place)


@pytest.mark.timeout(600)
def test_the_store_behaves_alike_on_postgresql(server: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            f"--ignore={__file__}",
            "tests/store",
            *ALSO,
        ],
        cwd=TOP,
        env={**os.environ, "FUMIBAKO_TEST_POSTGRES": server},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout

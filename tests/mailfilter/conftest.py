"""A mail filter of its own for each test, as its own user, in a home where nothing else runs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from fumibako.channel.mail_filter import filter_answers
from fumibako.document.lookups import SCHEMA
from fumibako.formats.filter_json import format_filter
from fumibako.home.inside import command
from fumibako.home.tree import make_tree
from fumibako.home.users import ensure_users
from fumibako.layout import FILTER_USER, Home


def eventually(true: Callable[[], object], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class FilterRig:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = Home(PurePosixPath(root))
        self.generation = 0
        self.process: subprocess.Popen[bytes] | None = None
        owner = (root / "server/db").stat()
        database = sqlite3.connect(self.home.lookup_db)
        database.executescript(SCHEMA["lookup"])
        database.close()
        os.chown(self.home.lookup_db, owner.st_uid, owner.st_gid)
        Path(self.home.lookup_db).chmod(0o660)

    def install(self, **values: Any) -> None:
        """A generation with nothing but filter.json, which serves from now on."""
        self.generation += 1
        place = self.root / "generations" / str(self.generation) / "filter"
        place.mkdir(parents=True)
        (place / "filter.json").write_text(format_filter({"hostname": "mail.example.jp", **values}))
        link = self.root / "server/new"
        link.symlink_to(f"../generations/{self.generation}")
        link.replace(self.root / "server/current")

    def start(self, workers: int = 2) -> None:
        argv = [sys.executable, "-I", "-m", "fumibako.mailfilter", "--home", str(self.root), "--workers", str(workers)]
        with (self.root / "filter.log").open("ab") as log:
            self.process = subprocess.Popen(command(self.root, *argv, user=FILTER_USER), stderr=log)
        assert eventually(lambda: filter_answers(self.home)), self.log()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=30)

    def workers(self) -> list[int]:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def change(self, sql: str, *parameters: object) -> None:
        """Change the look-ups as the agent does."""
        database = sqlite3.connect(self.home.lookup_db, timeout=5)
        with database:
            database.execute(sql, parameters)
        database.close()

    def connected(self, name: str) -> socket.socket:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(30)
        line.connect(str(self.home.filter / f"{name}.sock"))
        return line

    def log(self) -> str:
        return (self.root / "filter.log").read_text()


@pytest.fixture
def mail_filter() -> Iterator[FilterRig]:
    ensure_users()
    root = Path(tempfile.mkdtemp(prefix="f-", dir="/tmp"))
    root.chmod(0o755)
    make_tree(root)
    rig = FilterRig(root)
    yield rig
    if rig.process is not None and rig.process.poll() is None:
        rig.process.send_signal(signal.SIGTERM)
        rig.process.wait(timeout=30)
    shutil.rmtree(root)

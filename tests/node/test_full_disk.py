"""A disk that is full, in each place where the agent writes: a small tmpfs over the directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fumibako.channel.applier import ApplierChannel
from fumibako.schema.edit import Edit
from tests.node.station import ACCOUNT, Station

# Enough that the databases' own small pages do not hold them all.
MANY = [Edit(("accounts", f"bulk{number:05}@example.jp"), None, ACCOUNT) for number in range(20_000)]


@contextmanager
def little_room(station: Station, below: str, *, spare: int = 0) -> Iterator[None]:
    """A file system of its own, one megabyte, for the directory; full but for `spare` bytes."""
    directory = station.root / below
    let_go(station)
    content = directory.with_name(f"{directory.name}.kept")
    shutil.copytree(directory, content)
    for path in [content, *content.rglob("*")]:
        original = directory / path.relative_to(content)
        os.chown(path, original.stat().st_uid, original.stat().st_gid)
    seen = directory.stat()
    options = f"size=1m,mode={seen.st_mode & 0o7777:o},uid={seen.st_uid},gid={seen.st_gid}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)], check=True)
    try:
        for path in content.iterdir():
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, directory / path.name)
            os.chown(directory / path.name, path.stat().st_uid, path.stat().st_gid)
        take_up(station)
        fill(directory / "filler", spare)
        yield
    finally:
        (directory / "filler").unlink(missing_ok=True)
        let_go(station)
        for path in directory.iterdir():
            kept = content / path.name
            shutil.rmtree(kept) if kept.is_dir() else kept.unlink(missing_ok=True)
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, kept)
            os.chown(kept, path.stat().st_uid, path.stat().st_gid)
        subprocess.run(["umount", str(directory)], check=True)
        for path in content.iterdir():
            shutil.rmtree(directory / path.name, ignore_errors=True)
            (directory / path.name).unlink(missing_ok=True)
            shutil.move(path, directory / path.name)
        shutil.rmtree(content)
        take_up(station)


def let_go(station: Station) -> None:
    """Nobody holds a file open: agent and filter keep the look-ups at hand."""
    ApplierChannel(station.home.applier_socket).stop()
    station.agent.stop()
    station.filter.stop()


def take_up(station: Station) -> None:
    station.filter.start()
    ApplierChannel(station.home.applier_socket).start()
    Path(station.home.node_socket).unlink(missing_ok=True)
    station.agent.start()
    deadline = time.monotonic() + 10
    while not Path(station.home.node_socket).exists():
        assert time.monotonic() < deadline, "the agent does not listen"
        time.sleep(0.02)


def fill(path: Path, spare: int) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
        file.truncate(max(0, file.tell() - spare))


def facts(station: Station) -> dict[str, Any]:
    return {
        "revision": station.revision(),
        "generation": station.generation(),
        "size": station.size_limit(),
        "hanako": station.knows("hanako@example.jp"),
        "bulk": station.knows(MANY[0].place[1]),
        "journal": station.has_journal(),
        "runs": sorted(path.name for path in (station.root / "node").glob("run-*")),
    }


@pytest.mark.parametrize(
    ("below", "spare"), [("node", 0), ("node", 8192), ("server/db", 65536), ("server/auth", 65536)]
)
def test_a_full_disk_is_said_and_nothing_changes(station: Station, below: str, spare: int) -> None:
    before = facts(station)
    with little_room(station, below, spare=spare):
        run = station.console.submit("apply", station.console.edit("basics.message_size_limit", 20_000_000), *MANY)
        outcome = station.console.outcome(run, 30)
        assert outcome["outcome"] in ("refused", "rolled_back"), station.story(outcome)
        assert [finding["code"] for finding in outcome["findings"]] == ["disk-full"], station.story(outcome)
        assert "ディスク" in outcome["findings"][0]["message"]["ja"]
        assert facts(station) == before
    assert facts(station) == before


def test_with_room_again_the_same_change_is_applied(station: Station) -> None:
    outcome = station.console.apply(station.console.edit("basics.message_size_limit", 20_000_000))
    assert outcome["outcome"] == "applied", station.story(outcome)

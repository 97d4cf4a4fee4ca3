"""A node that lost something, or was never told, comes to what the console says without a run."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fumibako.channel.applier import ApplierChannel
from fumibako.schema.edit import Edit
from tests.node.station import ACCOUNT, Station


def eventually(holds: Callable[[], object], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


@pytest.mark.parametrize("database", ["lookup_db", "passwords_db"])
def test_a_lost_database_is_made_again_from_the_consoles_rows(station: Station, database: str) -> None:
    path = Path(getattr(station.home, database))
    ApplierChannel(station.home.applier_socket).stop()
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    ApplierChannel(station.home.applier_socket).start()
    eventually(lambda: station.revision() == station.console.revision)
    eventually(lambda: station.knows("hanako@example.jp"))
    assert not station.knows("nobody@example.jp")
    assert path.stat().st_mode & 0o777 == 0o660


def test_a_run_that_finds_a_lost_database_makes_it_again_first(station: Station) -> None:
    station.console.stop()
    Path(station.home.lookup_db).unlink()
    station.console.start()
    outcome = station.console.apply(Edit(("accounts", "jiro@example.jp"), None, ACCOUNT))
    assert outcome["outcome"] == "applied", station.story(outcome)
    assert station.revision() == station.console.revision


def test_a_console_that_went_back_is_followed(station: Station) -> None:
    """As after restoring a backup: another revision, other settings, other rows, and no run."""
    station.console.settings = {
        **station.console.settings,
        "basics": {**station.console.settings["basics"], "message_size_limit": 12_345_678},
    }
    station.console.rows["accounts"]["restored@example.jp"] = ACCOUNT
    station.console.revision += 5
    station.console.wake()
    eventually(lambda: station.size_limit() == "12345678")
    assert station.knows("restored@example.jp")
    assert station.revision() == station.console.revision
    assert station.console.ask_agent("observe")["revision"] == station.console.revision


def test_what_stands_in_the_way_is_said_and_tried_again(station: Station) -> None:
    generation = station.generation()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        services = station.console.settings["basics"]["services"]
        station.console.settings = {
            "basics": {
                **station.console.settings["basics"],
                "services": {**services, "pop3": {**services["pop3"], "port": port}},
            }
        }
        station.console.revision += 1
        station.console.wake()
        eventually(lambda: station.console.ask_agent("observe")["trouble"])
        trouble = station.console.ask_agent("observe")["trouble"]
        assert trouble["code"] == "port-taken"
        assert str(port) in trouble["ja"]
        assert station.generation() == generation
    eventually(lambda: station.listens("pop3"), 30)
    eventually(lambda: station.console.ask_agent("observe")["trouble"] is None)

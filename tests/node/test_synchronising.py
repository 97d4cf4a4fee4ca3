"""A node that lost something, or was never told, comes to what the console says without a run."""

from __future__ import annotations

import json
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path, PurePosixPath

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


def by_hand(path: PurePosixPath, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


def test_rows_that_a_reader_has_changed_are_put_right(station: Station) -> None:
    by_hand(station.home.lookup_db, "DELETE FROM accounts WHERE address = 'hanako@example.jp'")
    by_hand(station.home.lookup_db, "INSERT INTO accounts VALUES ('ghost@example.jp')")
    eventually(lambda: station.knows("hanako@example.jp") and not station.knows("ghost@example.jp"))
    assert "2 rows differ" in Path(station.home.log / "node.log").read_text()


def test_rows_that_were_changed_while_the_agent_was_away_are_put_right(station: Station) -> None:
    by_hand(station.home.passwords_db, "INSERT INTO accounts VALUES ('ghost@example.jp', NULL, 1, NULL)")
    station.agent.kill()
    by_hand(station.home.lookup_db, "INSERT INTO accounts VALUES ('ghost@example.jp')")
    eventually(lambda: not station.knows("ghost@example.jp"))


def restarted(station: Station) -> None:
    """The agent is killed, comes back and has been through a round."""
    asked = station.console.asked
    station.agent.kill()
    eventually(lambda: station.console.asked >= asked + 2)


def test_files_that_would_now_be_rendered_in_another_way_are_installed_at_the_start(station: Station) -> None:
    """As after an upgrade: what serves is what another version of the agent had rendered."""
    generation = station.generation()
    restarted(station)
    assert station.generation() == generation
    current = Path(station.home.current).resolve()
    files = {str(path.relative_to(current)): path.read_text() for path in current.rglob("*") if path.is_file()}
    assert "maximal_backoff_time = 4000s" in files["postfix/main.cf"]
    files["postfix/main.cf"] = files["postfix/main.cf"].replace(
        "maximal_backoff_time = 4000s", "maximal_backoff_time = 3000s"
    )
    applier = ApplierChannel(station.home.applier_socket)
    written = applier.write(900, files)
    applier.install(900, int(generation))
    remembered = Path(station.home.node / "serving.json")
    serving = json.loads(remembered.read_text())
    remembered.write_text(json.dumps({**serving, "generation": 900, "digest": written.digest}))
    restarted(station)
    eventually(lambda: station.generation() != "900")
    eventually(lambda: json.loads(remembered.read_text())["digest"] == serving["digest"])
    assert "maximal_backoff_time = 4000s" in Path(station.home.postfix / "main.cf").read_text()
    assert station.knows("hanako@example.jp")
    assert station.console.ask_agent("observe")["trouble"] is None

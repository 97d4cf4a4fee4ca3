"""Mail that lies in the queue while the settings change."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator

from fumibako.schema.edit import Edit
from tests.node.station import Station

FILTER = ("basics", "content_filter")


def eventually(holds: Callable[[], object], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


def send(station: Station, subject: str) -> None:
    with station.connect("smtp") as line:
        line.sendmail("a@client.example", ["hanako@example.jp"], f"Subject: {subject}\r\n\r\nhello\r\n")


def deferred(station: Station) -> int:
    """How many messages have been tried and wait."""
    listed = subprocess.run(
        ["postqueue", "-c", str(station.home.postfix), "-j"], capture_output=True, text=True, check=True
    )
    return sum(json.loads(line)["queue_name"] == "deferred" for line in listed.stdout.splitlines())


def apply(station: Station, *edits: Edit) -> None:
    outcome = station.console.apply(*edits)
    assert outcome["outcome"] == "applied", station.story(outcome)


@contextlib.contextmanager
def no_scanner() -> Iterator[int]:
    """A port that nobody listens on, and that nobody else gets meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def scanner(station: Station, port: int) -> dict[str, object]:
    return {"host": "127.0.0.1", "port": port, "reinject_port": station.port_base + 999}


def test_mail_that_waits_for_a_scanner_arrives_when_the_scanner_is_turned_off(station: Station) -> None:
    with no_scanner() as port:
        wanted = scanner(station, port)
        apply(station, Edit(FILTER, None, wanted))
        send(station, "waited for a scanner")
        eventually(lambda: deferred(station) == 1)
        assert "waited for a scanner" not in station.subjects("hanako@example.jp")
        apply(station, Edit(FILTER, wanted, None))
        eventually(lambda: "waited for a scanner" in station.subjects("hanako@example.jp"))
        assert deferred(station) == 0


def test_a_reload_of_dovecot_leaves_no_mail_waiting(station: Station) -> None:
    """The scanner stands in for Dovecot's socket, which cannot be made to refuse at will: it is away, the message waits
    for a thousand seconds, and after a reload of Dovecot it is tried at once."""
    with no_scanner() as port:
        wanted = scanner(station, port)
        apply(station, Edit(FILTER, None, wanted))
        send(station, "waited for a reload")
        eventually(lambda: deferred(station) == 1)
    with socket.create_server(("127.0.0.1", port)) as came:
        came.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            came.accept()
            raise AssertionError("it was tried again by itself")
        came.settimeout(15)
        apply(station, Edit(("basics", "advanced", "pop3_greeting"), "Postfix-pop3d", "hello"))
        came.accept()[0].close()
    apply(station, Edit(FILTER, wanted, None))
    eventually(lambda: "waited for a reload" in station.subjects("hanako@example.jp"))

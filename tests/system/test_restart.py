"""Stopped, killed and started again: mail that was acknowledged is there, mail that waited is delivered."""

from __future__ import annotations

import imaplib
import signal
from collections.abc import Callable

import pytest

from fumibako.home.processes import processes_of, wait_for_end
from tests.document.conversation import Scanner
from tests.system.server import ELSEWHERE, HANAKO, Server, until

# Mail that could not be delivered is tried again every second.
SOON = {"minimal_backoff_time": 1, "maximal_backoff_time": 1}


def down(server: Server) -> None:
    server.home.down()


def killed(server: Server) -> None:
    """SIGKILL to everything, those first that would start others again."""
    processes = processes_of(server.home.layout)
    order = {"supervisor": 0, "applier": 1}
    for process in sorted(processes, key=lambda process: order.get(process.kind, 2)):
        process.signal(signal.SIGKILL)
    assert wait_for_end(processes, 5) == []


@pytest.mark.parametrize(("name", "end"), [("down", down), ("killed", killed)])
def test_nothing_is_lost_when_it_ends_and_is_started_again(
    server: Server, name: str, end: Callable[[Server], None]
) -> None:
    server.given(advanced=SOON)
    server.send(HANAKO, f"delivered before {name}")
    server.arrives(HANAKO, f"delivered before {name}")
    # One that cannot be delivered yet: the server it goes to is down.
    port = server.port("smtp") + 2000
    relay = server.home.apply(f"relay: {{default: {{host: 127.0.0.1, port: {port}}}}}")
    assert relay.exit == 0, relay
    server.send(ELSEWHERE, f"waits through {name}", source="127.0.0.1")
    until(lambda: "status=deferred" in server.log().rpartition(f"to=<{ELSEWHERE}>")[2])
    # And some that are on their way at that very moment.
    under_way = [f"{number} under way at {name}" for number in range(20)]
    for subject in under_way:
        server.send(HANAKO, subject)
    before = server.home.status()
    session = server.mailbox(HANAKO)
    end(server)
    with pytest.raises((imaplib.IMAP4.error, OSError)):
        session.noop()
    assert not server.listens(server.port("smtp"))
    server.home.up()
    after = server.home.status()
    assert (after["revision"], after["applied"]) == (before["revision"], before["applied"])
    until(lambda: {f"delivered before {name}", *under_way} <= set(server.subjects(HANAKO)))
    elsewhere = Scanner("127.0.0.1", port)
    try:
        until(lambda: any(f"waits through {name}" in message for message in elsewhere.messages))
    finally:
        elsewhere.close()
    server.send(HANAKO, f"sent after {name}")
    server.arrives(HANAKO, f"sent after {name}")

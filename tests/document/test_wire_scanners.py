"""Virus scanners on the wire: nothing is lost, nothing passes unscanned, nobody relays through them."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests.document.conversation import Conversation
from tests.document.mail_server import ACCOUNT, PASSWORD, MailServer, until
from tests.document.scanners import GivingBack, InFront, MilterScanner


def log_of(server: MailServer, subject: str) -> str:
    return server.log().partition(subject.replace(" ", "-"))[2]


def delivered(server: MailServer, subject: str) -> str | None:
    """The message in hanako's mailbox."""
    imap = server.talk("imaps", secure=True)
    imap.tagged(f'LOGIN {ACCOUNT} "{PASSWORD}"')
    imap.tagged("SELECT INBOX")
    found = imap.tagged("FETCH 1:* BODY[]")
    imap.close()
    at = found.find(f"Subject: {subject}")
    return None if at < 0 else found[max(0, at - 1500) : at]


@contextlib.contextmanager
def closing(scanner: GivingBack | InFront | MilterScanner) -> Iterator[None]:
    try:
        yield
    finally:
        scanner.close()


def test_mail_goes_through_the_scanner_once_and_is_delivered(server: MailServer) -> None:
    back = server.port_base + 1300
    scanner = GivingBack(back)
    with closing(scanner):
        server.install(
            server.settings(content_filter={"host": "127.0.0.1", "port": scanner.port, "reinject_port": back})
        )
        server.send(ACCOUNT, "scanned and given back")
        until(lambda: delivered(server, "scanned and given back") is not None)
        assert "X-Scanned: clean" in str(delivered(server, "scanned and given back"))
        assert len(scanner.messages) == 1


def test_mail_waits_for_a_scanner_that_is_down_and_is_delivered_later(server: MailServer) -> None:
    back = server.port_base + 1300
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server.install(server.settings(content_filter={"host": "127.0.0.1", "port": port, "reinject_port": back}))
    server.send(ACCOUNT, "patient mail")
    until(lambda: "status=deferred" in log_of(server, "patient mail"))
    assert delivered(server, "patient mail") is None
    scanner = GivingBack(back, port)
    with closing(scanner):
        subprocess.run(["postqueue", "-c", str(server.home.postfix), "-f"], check=True)
        until(lambda: delivered(server, "patient mail") is not None, 30)
        assert "X-Scanned: clean" in str(delivered(server, "patient mail"))
        assert len(scanner.messages) == 1
    assert "status=bounced" not in log_of(server, "patient mail")


def test_nobody_else_gives_mail_back(server: MailServer) -> None:
    """The way back listens on loopback alone, and only what comes from this machine is taken."""
    back = server.port_base + 1300
    server.install(server.settings(content_filter={"host": "127.0.0.1", "port": 9, "reinject_port": back}))
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("::1", back), timeout=2)


@pytest.mark.parametrize("named", [None, "198.51.100.9", "127.0.0.1"])
def test_a_stranger_through_the_scanner_cannot_relay(server: MailServer, named: str | None) -> None:
    server.install(server.settings(services__smtp__behind_scanner=True))
    scanner = InFront(server.port("smtp"), named)
    with closing(scanner):
        talk = Conversation(socket.create_connection(("127.0.0.1", scanner.port), timeout=20))
        assert talk.greeting.startswith("220")
        talk.say("EHLO client.test")
        talk.say("MAIL FROM:<a@b.test>")
        assert talk.say("RCPT TO:<x@far.test>").startswith("554 5.7.1")
        assert talk.say(f"RCPT TO:<{ACCOUNT}>").startswith("250")
        assert talk.say("DATA").startswith("354")
        assert talk.say(f"Subject: through the front {named}\r\n\r\nx\r\n.").startswith("250")
        until(lambda: delivered(server, f"through the front {named}") is not None)


def test_a_milter_scanner_refuses_a_virus_and_lets_the_rest_pass(server: MailServer) -> None:
    scanner = MilterScanner()
    with closing(scanner):
        server.install(server.settings(milter_scanner={"host": "127.0.0.1", "port": scanner.port, "socket": None}))
        server.send(ACCOUNT, "clean mail")
        until(lambda: delivered(server, "clean mail") is not None)
        talk = server.talk("smtp")
        for line in ("EHLO x.test", "MAIL FROM:<a@b.test>", f"RCPT TO:<{ACCOUNT}>", "DATA"):
            talk.say(line)
        assert talk.say("Subject: ill\r\n\r\nEICAR\r\n.").startswith("550 5.7.1")
        assert scanner.scanned == 2
        # What would happen is asked without the scanner.
        asked = server.ask("smtp")
        asked.say("EHLO x.test")
        assert asked.say("MAIL FROM:<a@b.test>").startswith("250")
        assert asked.say(f"RCPT TO:<{ACCOUNT}>").startswith("250")


def test_a_milter_scanner_that_is_down_defers(server: MailServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server.install(server.settings(milter_scanner={"host": "127.0.0.1", "port": port, "socket": None}))
    talk = server.talk("smtp")
    assert talk.greeting.startswith("220")
    talk.say("EHLO x.test")
    assert talk.say("MAIL FROM:<a@b.test>").startswith("451")
    scanner = MilterScanner(port)
    with closing(scanner):
        server.send(ACCOUNT, "when it is back")
        until(lambda: delivered(server, "when it is back") is not None)

"""Probes of IPv6 listeners come from an address that Dovecot does not take for the server's own."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from fumibako.node import asking
from fumibako.node.asking import source
from tests.document.conversation import Conversation
from tests.document.mail_server import MailServer, scratch
from tests.document.network import private_network

SERVER = "2001:db8::1"


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with private_network(SERVER), scratch((SERVER, "127.0.0.1")) as made:
        yield made


def greeting(server: MailServer, origin: str) -> str:
    line = socket.create_connection((SERVER, server.port("imap")), timeout=10, source_address=(origin, 0))
    talk = Conversation(line)
    talk.close()
    return talk.greeting


def test_log_in_in_clear_text_is_seen_to_be_refused_only_from_another_address(server: MailServer) -> None:
    assert "AUTH=PLAIN" in greeting(server, SERVER), "Dovecot takes it for its own"
    origin = source(SERVER)
    assert origin == "::1"
    assert "LOGINDISABLED" in greeting(server, origin)


def test_where_probes_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "own_ipv6", lambda: "2001:db8::5")
    assert source("192.0.2.1") == "127.0.0.2"
    assert source("::") == "2001:db8::5"
    assert source("::1") is None, "nobody else can reach it: what ::1 is told is what is true"
    monkeypatch.setattr(asking, "own_ipv6", lambda: None)
    assert source("::") is None

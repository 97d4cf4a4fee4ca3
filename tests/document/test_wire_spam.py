"""Who is refused as spam, seen from outside: real Postfix, the real mail filter and a real name server."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from fumibako.channel.mail_filter import ask_filter, filter_answers
from fumibako.home.inside import command
from fumibako.layout import FILTER_USER
from fumibako.schema.edit import Edit
from fumibako.schema.place import planted
from tests.document.conversation import Conversation
from tests.document.mail_server import ACCOUNT, MailServer, plain, scratch, until
from tests.document.network import name_server, private_network

SERVER, SPAMMER, STRANGER, PARTNER = "198.51.100.1", "198.51.100.66", "198.51.100.9", "198.51.100.21"
LISTED = [f"{last}.100.51.198" for last in (66, 21)]
RECORDS = [*(f"{digits}.bl.example. A 127.0.0.2" for digits in LISTED), "2.0.0.127.bl.example. A 127.0.0.2"]

# A zone whose name server takes every question and never answers.
HOLE = "203.0.113.53"
SILENT = (
    '  local-zone: "silent.example." transparent',
    "forward-zone:",
    '  name: "silent.example"',
    f"  forward-addr: {HOLE}",
)


@pytest.fixture(scope="module")
def outside() -> Iterator[MailServer]:
    with (
        private_network(SERVER, SPAMMER, STRANGER, PARTNER, HOLE),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole,
        name_server(RECORDS, *SILENT),
        scratch((SERVER, "127.0.0.1")) as made,
        mail_filter(made),
    ):
        hole.bind((HOLE, 53))
        made.install(with_lists(made, "bl.example"))
        yield made


@contextmanager
def mail_filter(server: MailServer) -> Iterator[None]:
    argv = [sys.executable, "-I", "-m", "fumibako.mailfilter", "--home", str(server.root), "--workers", "1"]
    process = subprocess.Popen(command(server.root, *argv, user=FILTER_USER))
    try:
        until(lambda: filter_answers(server.home))
        yield
    finally:
        process.terminate()
        process.wait(30)


def with_lists(server: MailServer, *lists: str, **changes: object) -> dict[str, Any]:
    tree = planted(server.settings(**changes), ("spam", "dns_blocklists"), list(lists))
    return planted(tree, ("basics", "services", "smtp", "auth"), True)


def session(server: MailServer, client: str) -> Conversation:
    connection = socket.create_connection((SERVER, server.port("smtp")), timeout=40, source_address=(client, 0))
    talk = Conversation(connection)
    talk.say("EHLO client.example")
    return talk


def asked(talk: Conversation, sender: str, recipient: str = ACCOUNT) -> str:
    assert talk.say(f"MAIL FROM:<{sender}>").startswith("250")
    reply = talk.say(f"RCPT TO:<{recipient}>")
    talk.say("RSET")
    return reply


def refuse(server: MailServer, pattern: str, now: bool | None = True) -> None:
    server.edit(Edit(("spam", "blocked_senders", pattern), None if now else True, now))


def test_a_listed_client_is_refused_by_the_lists_name_and_another_is_not(outside: MailServer) -> None:
    reply = asked(session(outside, SPAMMER), "a@example.com")
    assert reply.startswith("554 5.7.1 ")
    assert "bl.example" in reply
    assert asked(session(outside, STRANGER), "a@example.com").startswith("250 ")


def hits(server: MailServer) -> int:
    time.sleep(1.2)  # what is counted is written once a second
    told = ask_filter(server.home, "block-list-counts", {"list": "bl.example"}, patience=5.0) or ""
    return int(told.partition("hits=")[2].split()[0])


def test_what_a_clone_is_asked_is_no_hit_whatever_name_it_is_asked_under(outside: MailServer) -> None:
    before = hits(outside)
    talk = outside.ask("smtp")
    talk.say("EHLO spammer.example")
    talk.say(f"XCLIENT ADDR={SPAMMER} NAME=[UNAVAILABLE]")
    talk.say("EHLO spammer.example")
    assert asked(talk, "a@example.com").startswith("554 5.7.1 ")
    assert hits(outside) == before
    assert asked(session(outside, SPAMMER), "a@example.com").startswith("554 5.7.1 ")
    assert hits(outside) == before + 1


def test_a_permitted_client_is_not_looked_up(outside: MailServer) -> None:
    entry = ("access", "permitted_clients", PARTNER)
    assert asked(session(outside, PARTNER), "a@example.com").startswith("554 ")
    outside.edit(Edit(entry, None, True))
    assert asked(session(outside, PARTNER), "a@example.com").startswith("250 ")
    outside.edit(Edit(entry, True, None))


def test_who_has_logged_in_is_not_looked_up_and_may_use_a_refused_sender(outside: MailServer) -> None:
    refuse(outside, "@example.com")
    talk = session(outside, SPAMMER)
    assert asked(talk, "a@example.com").startswith("554 ")
    talk.say("STARTTLS")
    talk.secure()
    talk.say("EHLO client.example")
    assert talk.say("AUTH PLAIN " + plain(ACCOUNT)).startswith("235")
    assert asked(talk, "hanako@example.test", "x@far.example").startswith("250 ")
    refuse(outside, "@example.com", None)


def test_a_refused_sender_is_that_address_whatever_its_case_and_no_other(outside: MailServer) -> None:
    talk = session(outside, STRANGER)
    refuse(outside, "spam@example.co.jp")
    try:
        assert asked(talk, "spam@example.co.jp").startswith("554 5.7.1 ")
        assert asked(talk, "SPAM@Example.CO.JP").startswith("554 5.7.1 ")
        for other in ("ham@example.co.jp", "spam@sub.example.co.jp", "notspam@example.co.jp", "spam@example.jp", ""):
            assert asked(talk, other).startswith("250 "), other
    finally:
        refuse(outside, "spam@example.co.jp", None)
    assert asked(talk, "spam@example.co.jp").startswith("250 ")


def test_a_refused_domain_is_exactly_that_domain(outside: MailServer) -> None:
    talk = session(outside, STRANGER)
    refuse(outside, "@example.co.jp")
    try:
        assert asked(talk, "anybody@example.co.jp").startswith("554 5.7.1 ")
        for other in ("anybody@sub.example.co.jp", "anybody@anexample.co.jp", "anybody@co.jp"):
            assert asked(talk, other).startswith("250 "), other
    finally:
        refuse(outside, "@example.co.jp", None)


def test_an_unknown_recipient_is_said_to_be_unknown_first(outside: MailServer) -> None:
    assert asked(session(outside, SPAMMER), "a@example.com", "nobody@example.test").startswith("550 5.1.1 ")


def test_behind_a_scanner_the_client_that_it_names_is_looked_up_and_the_scanner_is_not(outside: MailServer) -> None:
    outside.install(with_lists(outside, "bl.example", services__smtp__behind_scanner=True))
    try:
        connection = socket.create_connection(("127.0.0.1", outside.port("smtp")), timeout=20)
        talk = Conversation(connection)
        talk.say("EHLO scanner.example")
        assert asked(talk, "a@example.com").startswith("250 ")
        talk.say(f"XCLIENT ADDR={SPAMMER} NAME=[UNAVAILABLE]")
        talk.say("EHLO scanner.example")
        assert asked(talk, "a@example.com").startswith("554 5.7.1 ")
    finally:
        outside.install(with_lists(outside, "bl.example"))


def test_no_mail_waits_long_or_is_refused_while_a_list_is_silent(outside: MailServer) -> None:
    outside.install(with_lists(outside, "silent.example"))
    try:
        for _ in range(2):
            begun = time.monotonic()
            assert asked(session(outside, STRANGER), "a@example.com").startswith("250 ")
            assert time.monotonic() - begun < 20
    finally:
        outside.install(with_lists(outside, "bl.example"))

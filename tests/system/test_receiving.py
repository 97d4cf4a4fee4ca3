"""What the SMTP port takes, refuses, announces and does not fall for, seen from outside."""

from __future__ import annotations

import re

import pytest

from tests.document.conversation import Conversation
from tests.system.network import OUTSIDE
from tests.system.server import ELSEWHERE, HANAKO, HOSTNAME, STRANGER, Server, assert_all, log_in, message

LIMIT = 60_000


def begun(server: Server, recipient: str = HANAKO) -> Conversation:
    """A session up to where a message is taken."""
    talk, _ = server.greeted("smtp")
    assert_all(talk, f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<{recipient}>")
    return talk


def test_a_stranger_writes_to_accounts_here_and_to_nobody_else(server: Server) -> None:
    server.given()
    talk = begun(server)
    assert talk.say(f"RCPT TO:<{ELSEWHERE}>").startswith("554 5.7.1 ")
    assert talk.say("RCPT TO:<nobody@example.jp>").startswith("550 5.1.1 ")
    for recipient in ("hanako@sub.example.jp", "hanako%far.example@example.jp", "@example.jp:x@far.example"):
        assert talk.say(f"RCPT TO:<{recipient}>").startswith("5"), recipient
    assert talk.say("RCPT TO:<HANAKO@EXAMPLE.JP>").startswith("250 ")


def test_mail_for_a_domain_is_taken_when_it_is_added_and_no_more_when_it_is_removed(server: Server) -> None:
    server.given()
    talk = begun(server)
    assert talk.say("RCPT TO:<jiro@later.example>").startswith("554 ")
    server.home.add_account("jiro@later.example")
    server.send("jiro@later.example", "to a new domain")
    server.arrives("jiro@later.example", "to a new domain")
    assert server.home.cli("domain", "remove", "later.example", "--with-accounts").exit == 0
    assert begun(server).say("RCPT TO:<jiro@later.example>").startswith("554 ")


@pytest.mark.parametrize(
    ("banner", "rest"),
    [
        ("ESMTP $mail_name", "ESMTP Postfix"),
        ("ESMTP ready", "ESMTP ready"),
        ("$myhostname ESMTP here", "ESMTP here"),
        ("", "ESMTP"),
    ],
)
def test_the_greeting_begins_with_the_host_name_whatever_is_typed(server: Server, banner: str, rest: str) -> None:
    server.given(advanced={"smtpd_banner": banner, "pop3_greeting": "Letters"})
    for name in ("smtp", "submission", "smtps"):
        assert server.talk(name).greeting == f"220 {HOSTNAME} {rest}"
    assert server.talk("pop3").greeting == "+OK Letters"


def test_the_size_is_announced_and_what_is_larger_gets_552(server: Server) -> None:
    server.given(message_size_limit=LIMIT)
    for name, tls in (("smtp", False), ("submission", True), ("smtps", False)):
        talk, words = server.greeted(name, tls=tls)
        assert f"SIZE {LIMIT}" in words
        if name != "smtp":
            assert log_in(talk).startswith("235 ")
        assert talk.say(f"MAIL FROM:<{HANAKO}> SIZE={LIMIT + 1}").startswith("552 5.3.4 ")
        assert_all(talk, f"MAIL FROM:<{HANAKO}> SIZE={LIMIT}", f"RCPT TO:<{HANAKO}>")
    talk = begun(server)
    talk.say("DATA")
    assert talk.say(message("too large", LIMIT)).startswith("552 5.3.4 ")
    assert_all(talk, f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<{HANAKO}>")
    talk.say("DATA")
    assert talk.say(message("just small enough", LIMIT - 5000)).startswith("250 ")  # the envelope counts too
    talk = begun(server)
    chunk = message("too large a chunk", LIMIT).removesuffix(".").encode()
    talk.connection.sendall(f"BDAT {len(chunk)} LAST\r\n".encode() + chunk)
    assert talk.reply().startswith("552 5.3.4 ")
    server.arrives(HANAKO, "just small enough")
    assert not any("too large" in subject for subject in server.subjects(HANAKO))


def test_without_a_limit_none_is_announced_and_large_mail_arrives(server: Server) -> None:
    server.given(message_size_limit=0)
    talk, words = server.greeted("smtp")
    assert re.search(r"^250[- ]SIZE( 0)?$", words, re.MULTILINE)
    assert_all(talk, f"MAIL FROM:<{STRANGER}> SIZE=99999999999")
    server.send(HANAKO, "12 MB", size=12_000_000)
    server.arrives(HANAKO, "12 MB")


@pytest.mark.parametrize("end", ["\n.\r\n", "\n.\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\n"])
def test_an_end_of_data_that_is_none_smuggles_nothing(server: Server, end: str) -> None:
    """CVE-2023-51764: only CRLF . CRLF ends a message, so no second one can stand in the first."""
    server.given()
    name = end.encode().hex()
    inner = f"MAIL FROM:<{HANAKO}>\r\nRCPT TO:<{HANAKO}>\r\nDATA\r\nSubject: smuggled {name}\r\n\r\nx"
    talk = begun(server)
    talk.say("DATA")
    talk.connection.sendall(f"Subject: outer {name}\r\n\r\nbody{end}{inner}\r\n.\r\n".encode())
    first = talk.reply()
    if first.startswith("250 "):
        assert talk.say("NOOP").startswith("250 ")  # one answer came, for one message
        server.arrives(HANAKO, f"outer {name}")
    else:
        assert first.startswith("5")
    server.send(HANAKO, f"after {name}")
    server.arrives(HANAKO, f"after {name}")
    assert f"smuggled {name}" not in server.subjects(HANAKO)


def test_who_talks_before_he_may_is_refused(server: Server) -> None:
    """Before EHLO has offered PIPELINING nobody may send two commands at once (RFC 2920 §3.1)."""
    server.given()
    talk = server.talk("smtp")
    assert talk.say("HELO client.example").startswith("250 ")
    talk.connection.sendall(f"MAIL FROM:<{STRANGER}>\r\nRCPT TO:<{HANAKO}>\r\nDATA\r\n".encode())
    assert talk.reply().startswith("5")
    talk = server.talk("smtp")
    talk.connection.sendall(f"EHLO client.example\r\nMAIL FROM:<{STRANGER}>\r\n".encode())
    assert talk.reply().startswith("5")


def test_a_listener_behind_a_scanner_relays_for_nobody_from_loopback(server: Server) -> None:
    server.given(services={"smtp": {"behind_scanner": True}})
    for source in ("127.0.0.1", "127.0.0.2", OUTSIDE):
        talk, _ = server.greeted("smtp", source=source)
        assert_all(talk, f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<{HANAKO}>")
        assert talk.say(f"RCPT TO:<{ELSEWHERE}>").startswith("554 5.7.1 ")


def test_the_scanner_names_the_client_and_nobody_else_may(server: Server) -> None:
    server.given(services={"smtp": {"behind_scanner": True}})
    for client in ("203.0.113.7", "127.0.0.1", "IPV6:::1"):
        talk, words = server.greeted("smtp", source="127.0.0.1")
        assert "XCLIENT" in words
        assert talk.say(f"XCLIENT ADDR={client} NAME=[UNAVAILABLE]").startswith("220 ")
        talk.say("EHLO client.example")
        assert_all(talk, f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<{HANAKO}>")
        assert talk.say(f"RCPT TO:<{ELSEWHERE}>").startswith("554 5.7.1 ")
        if client == "203.0.113.7":
            talk.say("DATA")
            assert talk.say(message("through a scanner")).startswith("250 ")
    server.arrives(HANAKO, "through a scanner")
    assert "[203.0.113.7]" in server.headers(HANAKO, "through a scanner")
    talk, words = server.greeted("smtp")
    assert "XCLIENT" not in words
    assert talk.say("XCLIENT ADDR=127.0.0.1 NAME=localhost").startswith("5")


def test_where_no_scanner_stands_nobody_may_name_a_client(server: Server) -> None:
    server.given()
    for source in ("127.0.0.1", OUTSIDE):
        for name in ("smtp", "submission"):
            talk, words = server.greeted(name, source=source)
            assert "XCLIENT" not in words
            assert talk.say("XCLIENT ADDR=127.0.0.1 NAME=localhost").startswith("5")

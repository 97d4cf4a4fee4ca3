"""Every row of the service table: on, off, moved, with TLS off, offered and forced, with log-in forced and not."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import pytest

from fumibako.features.basics.services import SERVICE_NAMES
from tests.document.conversation import Conversation
from tests.homes import PASSWORD
from tests.system.network import OUTSIDE, SERVER
from tests.system.server import (
    ELSEWHERE,
    HANAKO,
    HOSTNAME,
    STRANGER,
    TLS_FROM_THE_START,
    Server,
    assert_all,
    log_in,
)

CAN_BE_OFF = [name for name in SERVICE_NAMES if name != "smtp"]
# The server itself, and this machine by an address that Dovecot does not take for its own.
NEAR, NEIGHBOUR = "127.0.0.1", "127.0.0.2"


def refused(talk: Conversation, line: str, code: str) -> None:
    assert talk.say(line).startswith(f"{code} "), line


# --- on, off, moved ---------------------------------------------------------------------------------------------------


def test_at_first_all_seven_answer_and_each_speaks_its_protocol(server: Server) -> None:
    server.given()
    for name in SERVICE_NAMES:
        assert server.listens(server.port(name))
        greeting = server.talk(name).greeting
        assert greeting.startswith({"p": "+OK ", "i": "* OK "}.get(name[0], f"220 {HOSTNAME} ")), name


@pytest.mark.parametrize("name", CAN_BE_OFF)
def test_a_service_that_is_off_does_not_listen_and_the_others_do(server: Server, name: str) -> None:
    server.given(services={name: {"enabled": False}})
    assert [each for each in SERVICE_NAMES if not server.listens(server.port(each))] == [name]
    told = server.home.status()["services"]
    assert (told[name]["enabled"], told[name]["answers"]) == (False, False)


def test_all_that_can_be_off_may_be_off_together_and_mail_is_still_taken(server: Server) -> None:
    server.given(services={name: {"enabled": False} for name in CAN_BE_OFF})
    assert [each for each in SERVICE_NAMES if server.listens(server.port(each))] == ["smtp"]
    server.send(HANAKO, "while all others were off")
    server.given()
    server.arrives(HANAKO, "while all others were off")


def test_smtp_cannot_be_turned_off(server: Server) -> None:
    server.given()
    refusal = server.tell({"services": {"smtp": {"enabled": False}}})
    assert (refusal.exit, refusal.json["findings"][0]["path"]) == (1, "basics.services.smtp.enabled")
    assert server.listens(server.port("smtp"))


def test_services_that_moved_are_found_at_their_new_ports_alone(server: Server) -> None:
    moved = {name: server.port(name) + 3000 for name in SERVICE_NAMES}
    server.given(services={name: {"port": port} for name, port in moved.items()})
    for name, port in moved.items():
        assert not server.listens(server.port(name))
        greeting = server.talk(name, port=port).greeting
        assert greeting.startswith({"p": "+OK ", "i": "* OK "}.get(name[0], f"220 {HOSTNAME} ")), name
        assert server.home.status()["services"][name]["address"].endswith(f":{port}")


def test_services_change_places_in_one_apply(server: Server) -> None:
    server.given(
        services={
            "smtp": {"port": server.port("submission")},
            "submission": {"port": server.port("smtp")},
            "imap": {"port": server.port("pop3")},
            "pop3": {"port": server.port("imap")},
        }
    )
    assert "AUTH" not in server.greeted("submission", tls=True)[1]
    assert "AUTH" in server.greeted("smtp", tls=True)[1]
    assert server.talk("pop3").greeting.startswith("* OK ")
    assert server.talk("imap").greeting.startswith("+OK ")


# --- TLS --------------------------------------------------------------------------------------------------------------


def test_smtp_offers_tls_and_never_forces_it(server: Server) -> None:
    server.given()
    clear, words = server.greeted("smtp")
    assert "STARTTLS" in words
    assert_all(clear, f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<{HANAKO}>")
    within, words = server.greeted("smtp", tls=True)
    assert "STARTTLS" not in words
    assert_all(within, f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<{HANAKO}>")


def test_tls_can_be_off_on_smtp_and_submission(server: Server) -> None:
    off = {"tls": "none", "auth_required": False}
    server.given(services={"smtp": {"tls": "none"}, "submission": off})
    for name in ("smtp", "submission"):
        talk, words = server.greeted(name)
        assert "STARTTLS" not in words
        assert "AUTH" not in words
        refused(talk, "STARTTLS", "502")
        assert_all(talk, f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<{HANAKO}>")


@pytest.mark.parametrize("source", [NEAR, OUTSIDE])
def test_submission_with_tls_forced_gives_530_before_log_in_and_mail(server: Server, source: str) -> None:
    server.given()
    talk, words = server.greeted("submission", source=source)
    assert "STARTTLS" in words
    assert "AUTH" not in words
    for line in (f"MAIL FROM:<{HANAKO}>", f"RCPT TO:<{HANAKO}>", "AUTH PLAIN AGEAYg==", "AUTH LOGIN", "DATA"):
        refused(talk, line, "530")
    within, words = server.greeted("submission", source=source, tls=True)
    assert "AUTH PLAIN LOGIN" in words
    refused(within, f"MAIL FROM:<{HANAKO}>", "530")
    assert_all(within, "NOOP")
    assert log_in(within).startswith("235 ")
    assert_all(within, f"MAIL FROM:<{HANAKO}>", f"RCPT TO:<{ELSEWHERE}>")


def test_submission_with_tls_offered_takes_a_log_in_within_it_alone(server: Server) -> None:
    server.given(services={"submission": {"tls": "opportunistic"}})
    for source in (NEAR, OUTSIDE):
        clear, words = server.greeted("submission", source=source)
        assert "STARTTLS" in words
        assert "AUTH" not in words
        assert log_in(clear).startswith("5")
        refused(clear, f"MAIL FROM:<{HANAKO}>", "530")
        within, words = server.greeted("submission", source=source, tls=True)
        assert "AUTH PLAIN LOGIN" in words
        refused(within, f"MAIL FROM:<{HANAKO}>", "530")
        assert log_in(within).startswith("235 ")
        assert_all(within, f"MAIL FROM:<{HANAKO}>", f"RCPT TO:<{ELSEWHERE}>")


def test_smtps_imaps_and_pop3s_say_nothing_in_clear_text(server: Server) -> None:
    server.given()
    for name in TLS_FROM_THE_START:
        with socket.create_connection((SERVER, server.port(name)), timeout=20) as talk:
            talk.sendall(b"EHLO client.example\r\n")
            # At most a TLS alert (RFC 8446 §6), whose first byte is 21.
            with contextlib.suppress(ConnectionResetError):
                assert talk.recv(1000)[:1] in (b"", b"\x15")


# --- log-in -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [NEAR, OUTSIDE])
def test_smtps_with_log_in_forced_gives_530_to_permitted_clients_too(server: Server, source: str) -> None:
    server.given()
    talk, words = server.greeted("smtps", source=source)
    assert "AUTH PLAIN LOGIN" in words
    for _ in range(2):
        refused(talk, f"MAIL FROM:<{STRANGER}>", "530")
    assert log_in(talk).startswith("235 ")
    assert_all(talk, f"MAIL FROM:<{HANAKO}>", f"RCPT TO:<{ELSEWHERE}>")


def test_submission_and_smtps_without_forced_log_in_behave_as_25_does(server: Server) -> None:
    free = {"auth_required": False}
    server.given(services={"submission": {**free, "tls": "opportunistic"}, "smtps": free})
    for name in ("smtp", "submission", "smtps"):
        talk, _ = server.greeted(name)
        assert_all(talk, f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<{HANAKO}>")
        refused(talk, f"RCPT TO:<{ELSEWHERE}>", "554")
        refused(talk, "RCPT TO:<nobody@example.jp>", "550")
        near, _ = server.greeted(name, source=NEAR)
        assert_all(near, f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<{ELSEWHERE}>")
    for name, tls in (("submission", True), ("smtps", False)):
        talk, words = server.greeted(name, tls=tls)
        assert "AUTH PLAIN LOGIN" in words
        assert log_in(talk).startswith("235 ")
        assert_all(talk, f"MAIL FROM:<{HANAKO}>", f"RCPT TO:<{ELSEWHERE}>")


def test_tls_stays_forced_on_submission_when_the_log_in_is_not(server: Server) -> None:
    server.given(services={"submission": {"auth_required": False}})
    talk, _ = server.greeted("submission")
    refused(talk, f"MAIL FROM:<{STRANGER}>", "530")
    within, words = server.greeted("submission", tls=True)
    assert "AUTH PLAIN LOGIN" in words
    assert_all(within, f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<{HANAKO}>")
    refused(within, f"RCPT TO:<{ELSEWHERE}>", "554")


def test_smtp_offers_no_log_in_unless_that_is_turned_on(server: Server) -> None:
    server.given()
    talk, words = server.greeted("smtp", tls=True)
    assert "AUTH" not in words
    refused(talk, "AUTH PLAIN AGEAYg==", "503")
    server.given(services={"smtp": {"auth": True}})
    clear, words = server.greeted("smtp")
    assert "AUTH" not in words
    assert_all(clear, f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<{HANAKO}>")
    talk, words = server.greeted("smtp", tls=True)
    assert "AUTH PLAIN LOGIN" in words
    assert log_in(talk).startswith("235 ")
    assert_all(talk, f"MAIL FROM:<{HANAKO}>", f"RCPT TO:<{ELSEWHERE}>")


@pytest.mark.parametrize("allowed", ["smtp", "submission"])
def test_passwords_cross_in_clear_text_only_on_the_service_that_allows_it(server: Server, allowed: str) -> None:
    services: dict[str, Any] = {"smtp": {"auth": True}, "submission": {"tls": "opportunistic"}}
    services[allowed]["plaintext_auth"] = True
    server.given(services=services)
    for source in (NEIGHBOUR, OUTSIDE):
        for name in services:
            talk, words = server.greeted(name, source=source)
            assert ("AUTH PLAIN LOGIN" in words) == (name == allowed)
            assert log_in(talk).startswith("235 ") == (name == allowed)


def test_submission_without_tls_takes_a_log_in_where_clear_text_is_allowed(server: Server) -> None:
    server.given(services={"submission": {"tls": "none", "plaintext_auth": True}})
    talk, words = server.greeted("submission")
    assert "STARTTLS" not in words
    assert "AUTH PLAIN LOGIN" in words
    refused(talk, f"MAIL FROM:<{HANAKO}>", "530")
    assert log_in(talk).startswith("235 ")
    assert_all(talk, f"MAIL FROM:<{HANAKO}>", f"RCPT TO:<{ELSEWHERE}>")


def test_a_forced_log_in_that_nobody_could_make_is_a_finding(server: Server) -> None:
    server.given()
    refusal = server.tell({"services": {"submission": {"tls": "none"}}})
    assert (refusal.exit, refusal.codes) == (1, ["auth-impossible"])
    assert "STARTTLS" in server.greeted("submission")[1]


@pytest.mark.parametrize("source", [NEIGHBOUR, OUTSIDE])
def test_imap_and_pop3_take_a_password_only_after_tls(server: Server, source: str) -> None:
    server.given()
    imap = server.talk("imap", source=source)
    assert "LOGINDISABLED" in imap.tagged("CAPABILITY")
    assert "AUTH=" not in imap.tagged("CAPABILITY")
    assert "a NO [PRIVACYREQUIRED]" in imap.tagged(f'LOGIN {HANAKO} "{PASSWORD}"')
    assert "a OK" in imap.tagged("STARTTLS")
    imap.secure()
    assert "LOGINDISABLED" not in imap.tagged("CAPABILITY")
    assert "a OK" in imap.tagged(f'LOGIN {HANAKO} "{PASSWORD}"')
    pop3 = server.talk("pop3", source=source)
    assert pop3.say(f"USER {HANAKO}").startswith("-ERR")
    assert pop3.say("STLS").startswith("+OK")
    pop3.secure()
    assert pop3.say(f"USER {HANAKO}").startswith("+OK")
    assert pop3.say(f"PASS {PASSWORD}").startswith("+OK")


@pytest.mark.parametrize("allowed", ["imap", "pop3"])
def test_imap_and_pop3_take_one_in_clear_text_only_where_that_is_allowed(server: Server, allowed: str) -> None:
    server.given(services={allowed: {"plaintext_auth": True}})
    imap = server.talk("imap")
    assert ("LOGINDISABLED" in imap.greeting) == (allowed != "imap")
    assert ("a OK" in imap.tagged(f'LOGIN {HANAKO} "{PASSWORD}"')) == (allowed == "imap")
    pop3 = server.talk("pop3")
    assert pop3.say(f"USER {HANAKO}").startswith("+OK") == (allowed == "pop3")
    if allowed == "pop3":
        assert pop3.say(f"PASS {PASSWORD}").startswith("+OK")

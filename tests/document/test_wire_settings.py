"""Every row of the service table, on, off, moved, with and without TLS and log-in, is true on the wire."""

from __future__ import annotations

import re
import socket

import pytest

from fumibako.features.basics.services import SERVICE_NAMES
from tests.document.conversation import Conversation, Scanner
from tests.document.mail_server import ACCOUNT, HOSTNAME, PASSWORD, STRANGER, MailServer, answers, plain, scratch, until


def test_a_service_that_is_off_does_not_listen_and_one_that_moves_is_found_there(server: MailServer) -> None:
    elsewhere = server.port_base + 1111
    server.install(
        server.settings(
            services__smtps__enabled=False,
            services__imap__enabled=False,
            services__pop3s__enabled=False,
            services__submission__port=elsewhere,
        )
    )
    assert [name for name in ("smtp", "pop3", "imaps") if not answers(server.port(name))] == []
    assert [name for name in ("smtps", "imap", "pop3s") if answers(server.port(name))] == []
    assert not answers(server.port_base + 587)
    assert server.talk("submission").greeting.startswith("220 ")


def test_no_pop3_and_no_imap_at_all(server: MailServer) -> None:
    off = {f"services__{name}__enabled": False for name in ("imap", "imaps", "pop3", "pop3s")}
    server.install(server.settings(**off))
    assert not any(answers(server.port_base + port) for port in (110, 143, 993, 995))
    talk = server.talk("smtps", secure=True)
    talk.say("EHLO x.test")
    assert talk.say("AUTH PLAIN " + plain(ACCOUNT)).startswith("235")


def test_587_without_forced_log_in_behaves_as_25_does(server: MailServer) -> None:
    server.install(
        server.settings(
            services__submission={
                **server.settings()["basics"]["services"]["submission"],
                "auth_required": False,
                "tls": "opportunistic",
            }
        )
    )
    talk = server.talk("submission")
    words = talk.say("EHLO x.test")
    assert "STARTTLS" in words
    assert "AUTH" not in words  # no clear text
    assert talk.say("MAIL FROM:<a@b.test>").startswith("250")
    assert talk.say("RCPT TO:<x@far.test>").startswith("250")
    talk.say("RSET")
    talk.say("STARTTLS")
    talk.secure()
    assert "AUTH PLAIN LOGIN" in talk.say("EHLO x.test")
    asked = server.ask("submission")
    asked.say("EHLO x.test")
    asked.say(STRANGER)
    asked.say("EHLO stranger.test")
    asked.say("MAIL FROM:<a@stranger.test>")
    assert asked.say("RCPT TO:<x@far.test>").startswith("554 5.7.1")
    assert asked.say(f"RCPT TO:<{ACCOUNT}>").startswith("250")


def test_without_tls_there_is_no_log_in_unless_clear_text_is_allowed(server: MailServer) -> None:
    server.install(server.settings(services__smtp__tls="none", services__smtp__auth=True))
    words = server.talk("smtp").say("EHLO x.test")
    assert "STARTTLS" not in words
    assert "AUTH" not in words
    server.install(
        server.settings(services__smtp__tls="none", services__smtp__auth=True, services__smtp__plaintext_auth=True)
    )
    talk = server.talk("smtp", source="127.0.0.2")
    assert "AUTH PLAIN LOGIN" in talk.say("EHLO x.test")
    assert talk.say("AUTH PLAIN " + plain(ACCOUNT)).startswith("235")


@pytest.mark.parametrize("allowed", ["imap", "pop3"])
def test_clear_text_is_allowed_for_one_service_alone(server: MailServer, allowed: str) -> None:
    server.install(server.settings(**{f"services__{allowed}__plaintext_auth": True}))
    imap = server.talk("imap", source="127.0.0.2")
    assert ("LOGINDISABLED" in imap.greeting) == (allowed != "imap")
    assert ("a OK" in imap.tagged(f'LOGIN {ACCOUNT} "{PASSWORD}"')) == (allowed == "imap")
    pop3 = server.talk("pop3", source="127.0.0.2")
    assert pop3.say(f"USER {ACCOUNT}").startswith("+OK") == (allowed == "pop3")


def test_behind_a_scanner_loopback_is_not_trusted(server: MailServer) -> None:
    server.install(server.settings(services__smtp__behind_scanner=True))
    talk = server.talk("smtp")
    talk.say("EHLO scanner.test")
    talk.say("MAIL FROM:<a@b.test>")
    assert talk.say("RCPT TO:<x@far.test>").startswith("554 5.7.1")
    assert talk.say(f"RCPT TO:<{ACCOUNT}>").startswith("250")
    for client in ("198.51.100.9", "127.0.0.1", "IPV6:::1"):
        talk = server.talk("smtp")
        talk.say("EHLO scanner.test")
        assert talk.say(f"XCLIENT ADDR={client} NAME=[UNAVAILABLE]").startswith("220")
        talk.say("EHLO scanner.test")
        talk.say("MAIL FROM:<a@b.test>")
        assert talk.say("RCPT TO:<x@far.test>").startswith("554 5.7.1")
        assert talk.say(f"RCPT TO:<{ACCOUNT}>").startswith("250")


def test_a_size_limit_of_none_still_delivers(server: MailServer) -> None:
    server.install(server.settings(message_size_limit=0))
    talk = server.talk("smtp")
    assert re.search(r"^250-SIZE$", talk.say("EHLO x.test"), re.MULTILINE)
    talk.close()
    server.send(ACCOUNT, "without limit")
    until(lambda: "status=sent" in server.log().rpartition("without-limit")[2])


def test_greetings_are_expanded_and_nothing_else_is(server: MailServer) -> None:
    server.install(
        server.settings(
            advanced__smtpd_banner='$myhostname $mail_name {x} "y" # 100% \\d',
            advanced__pop3_greeting='POP3 of $myhostname # "100%" \\x',
        )
    )
    assert server.talk("smtp").greeting == f'220 {HOSTNAME} Postfix {{x}} "y" # 100% \\d'
    assert server.talk("pop3").greeting == f'+OK POP3 of {HOSTNAME} # "100%" \\x'


def test_connections_of_one_client_are_counted(server: MailServer) -> None:
    """This machine itself is not counted; a stranger is, which a listener behind a scanner shows."""
    server.install(server.settings(services__smtp__behind_scanner=True, advanced__smtpd_client_connection_rate_limit=2))

    def greeted() -> str:
        talk = server.talk("smtp")
        talk.say("EHLO scanner.test")
        return talk.say("XCLIENT ADDR=198.51.100.77 NAME=[UNAVAILABLE]")

    assert [greeted()[:3] for _ in range(3)] == ["220", "220", "421"]


def test_a_content_filter_gets_all_mail_and_gives_it_back_once(server: MailServer) -> None:
    scanner = Scanner("::1")
    back = server.port_base + 1300
    server.install(server.settings(content_filter={"host": "::1", "port": scanner.port, "reinject_port": back}))
    try:
        server.send(ACCOUNT, "to be scanned")
        until(lambda: scanner.messages != [])
        assert "to be scanned" in scanner.messages[0]
        with socket.create_connection(("127.0.0.1", back)) as connection:
            talk = Conversation(connection)
            talk.say("EHLO scanner.test")
            talk.say("MAIL FROM:<a@b.test>")
            assert talk.say(f"RCPT TO:<{ACCOUNT}>").startswith("250")
            talk.say("DATA")
            assert talk.say("Subject: scanned and back\r\n\r\nx\r\n.").startswith("250")
        imap = server.talk("imaps", secure=True)
        imap.tagged(f'LOGIN {ACCOUNT} "{PASSWORD}"')
        until(lambda: "scanned and back" in (imap.tagged("SELECT INBOX"), imap.tagged("FETCH 1:* BODY[]"))[1])
        assert len(scanner.messages) == 1
    finally:
        scanner.close()


def test_a_scanner_that_is_down_delays_mail(server: MailServer) -> None:
    server.install(
        server.settings(content_filter={"host": "127.0.0.1", "port": 9, "reinject_port": server.port_base + 1300})
    )
    server.send(ACCOUNT, "waits for the scanner")
    until(lambda: "status=deferred" in server.log().rpartition("waits-for-the-scanner")[2])
    assert "status=bounced" not in server.log().rpartition("waits-for-the-scanner")[2]


def test_an_own_parameter_wins(server: MailServer) -> None:
    server.install(server.settings(local_overrides={"smtpd_helo_required": "yes", "mail_name": "Letter Box"}))
    talk = server.talk("smtp")
    assert talk.greeting == f"220 {HOSTNAME} ESMTP Letter Box"
    assert talk.say("MAIL FROM:<a@b.test>").startswith("503 5.5.1")


def test_every_address_of_both_families_at_once() -> None:
    with scratch(("0.0.0.0", "::")) as everywhere:
        for name in SERVICE_NAMES:
            assert answers(everywhere.port(name), "127.0.0.3")
            assert answers(everywhere.port(name), "::1")


def test_nothing_in_the_logs_was_wrong(server: MailServer) -> None:
    """Last: whatever was installed above, no daemon complained of its configuration."""
    bad = [
        line
        for line in server.log().splitlines()
        if re.search(r"fatal|panic|error:|unknown smtpd restriction|warning: ", line)
    ]
    expected = r"SASL PLAIN authentication failed|Connection (rate|concurrency) limit exceeded|unused parameter|queue file size|hostname .* does not resolve"
    assert [line for line in bad if not re.search(expected, line)] == []
    assert [line for line in server.dovecot_log().splitlines() if re.search(r"Error:|Fatal:|Panic:", line)] == []

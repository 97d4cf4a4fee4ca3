"""What the basic settings promise as they are at first is true on the wire: real Postfix, real Dovecot."""

from __future__ import annotations

import time
from pathlib import Path

from fumibako.schema.edit import Edit
from tests.document.mail_server import ACCOUNT, DOMAIN, HOSTNAME, PASSWORD, STRANGER, MailServer, plain, until


def test_a_stranger_may_write_to_an_account_and_nowhere_else(server: MailServer) -> None:
    asked = server.ask("smtp")
    asked.say("EHLO x.test")
    asked.say(STRANGER)
    asked.say("EHLO stranger.test")
    asked.say("MAIL FROM:<a@stranger.test>")
    assert asked.say(f"RCPT TO:<{ACCOUNT}>").startswith("250")
    assert asked.say(f"RCPT TO:<HANAKO@{DOMAIN.upper()}>").startswith("250")
    assert asked.say("RCPT TO:<x@far.test>").startswith("554 5.7.1")
    assert asked.say(f"RCPT TO:<nobody@{DOMAIN}>").startswith("550 5.1.1")
    assert asked.say("RCPT TO:<hanako@[127.0.0.1]>").startswith("550 5.1.1")
    assert asked.say(f"RCPT TO:<x%far.test@{DOMAIN}>").startswith("5")
    assert asked.say(f"RCPT TO:<{ACCOUNT}@far.test>").startswith("5")


def test_a_clone_takes_no_message(server: MailServer) -> None:
    asked = server.ask("smtp")
    asked.say("EHLO x.test")
    asked.say("MAIL FROM:<a@stranger.test>")
    asked.say(f"RCPT TO:<{ACCOUNT}>")
    assert asked.say("DATA").startswith("554")
    asked.connection.sendall(b"BDAT 3 LAST\r\nx\r\n")
    assert asked.reply().startswith("554")


def test_a_clone_answers_for_an_account_that_has_logged_in(server: MailServer) -> None:
    for name in ("submission", "smtps"):
        asked = server.ask(name)
        asked.say("EHLO x.test")
        asked.say(STRANGER)
        asked.say("EHLO stranger.test")
        assert asked.say("MAIL FROM:<a@stranger.test>").startswith("530 5.7.0")
        asked = server.ask(name)
        asked.say("EHLO x.test")
        asked.say(f"{STRANGER} LOGIN={ACCOUNT}")
        asked.say("EHLO stranger.test")
        assert asked.say(f"MAIL FROM:<{ACCOUNT}>").startswith("250")
        assert asked.say("RCPT TO:<x@far.test>").startswith("250")


def test_this_machine_may_always_send(server: MailServer) -> None:
    talk = server.talk("smtp", source="127.0.0.2")
    talk.say("EHLO x.test")
    talk.say(f"MAIL FROM:<{ACCOUNT}>")
    assert talk.say("RCPT TO:<x@far.test>").startswith("250")


def test_the_greeting_begins_with_the_host_name(server: MailServer) -> None:
    assert server.talk("smtp").greeting == f"220 {HOSTNAME} ESMTP Postfix"
    assert server.talk("pop3").greeting == "+OK Postfix-pop3d"


def test_the_size_is_announced_and_a_larger_message_refused(server: MailServer) -> None:
    talk = server.talk("smtp")
    assert "SIZE 10485760" in talk.say("EHLO x.test")
    assert talk.say("MAIL FROM:<a@b.test> SIZE=10485761").startswith("552 5.3.4")


def test_port_25_offers_tls_and_no_log_in(server: MailServer) -> None:
    talk = server.talk("smtp")
    words = talk.say("EHLO x.test")
    assert "STARTTLS" in words
    assert "AUTH" not in words
    assert talk.say("STARTTLS").startswith("220")
    talk.secure()
    assert "AUTH" not in talk.say("EHLO x.test")


def test_submission_forces_tls_and_then_a_log_in(server: MailServer) -> None:
    talk = server.talk("submission")
    assert "AUTH" not in talk.say("EHLO x.test")
    for line in ("MAIL FROM:<a@b.test>", "RCPT TO:<a@b.test>", f"AUTH PLAIN {plain(ACCOUNT)}"):
        assert talk.say(line).startswith("530 5.7.0")
    talk.say("STARTTLS")
    talk.secure()
    assert "AUTH PLAIN LOGIN" in talk.say("EHLO x.test")
    assert talk.say("MAIL FROM:<a@b.test>").startswith("530 5.7.0")
    assert talk.say(f"AUTH PLAIN {plain(ACCOUNT)}").startswith("235")
    assert talk.say(f"MAIL FROM:<{ACCOUNT}>").startswith("250")
    assert talk.say("RCPT TO:<x@far.test>").startswith("250")


def test_smtps_speaks_tls_at_once_and_forces_a_log_in(server: MailServer) -> None:
    talk = server.talk("smtps", secure=True)
    assert talk.greeting.startswith(f"220 {HOSTNAME} ")
    assert "AUTH PLAIN LOGIN" in talk.say("EHLO x.test")
    assert talk.say("MAIL FROM:<a@b.test>").startswith("530 5.7.0")
    assert talk.say("AUTH PLAIN " + plain("hanako")).startswith("235")  # the domain is the first one
    assert talk.say(f"MAIL FROM:<{ACCOUNT}>").startswith("250")


def test_an_account_that_is_off_cannot_log_in_but_gets_its_mail(server: MailServer) -> None:
    talk = server.talk("smtps", secure=True)
    talk.say("EHLO x.test")
    assert talk.say("AUTH PLAIN " + plain(f"taro@{DOMAIN}")).startswith("535")
    server.send(f"taro@{DOMAIN}", "for taro")
    until(lambda: (Path(server.root) / f"server/mail/{DOMAIN}/taro").is_dir())


def test_imap_and_pop3_want_tls_before_a_log_in(server: MailServer) -> None:
    imap = server.talk("imap", source="127.0.0.2")
    assert "LOGINDISABLED" in imap.greeting
    assert "STARTTLS" in imap.greeting
    assert "a NO" in imap.tagged(f'LOGIN {ACCOUNT} "{PASSWORD}"')
    assert "a OK" in imap.tagged("STARTTLS")
    imap.secure()
    assert "a OK" in imap.tagged(f'LOGIN {ACCOUNT} "{PASSWORD}"')
    pop3 = server.talk("pop3", source="127.0.0.2")
    assert pop3.say(f"USER {ACCOUNT}").startswith("-ERR")
    assert pop3.say("STLS").startswith("+OK")
    pop3.secure()
    assert pop3.say(f"USER {ACCOUNT}").startswith("+OK")
    assert pop3.say(f"PASS {PASSWORD}").startswith("+OK")


def test_mail_arrives_where_imap_shows_it_and_the_limit(server: MailServer) -> None:
    server.send(ACCOUNT, "hello from the wire")
    imap = server.talk("imaps", secure=True)
    imap.tagged(f'LOGIN {ACCOUNT} "{PASSWORD}"')
    until(lambda: "hello from the wire" in (imap.tagged("SELECT INBOX"), imap.tagged("FETCH 1:* BODY[]"))[1])
    assert "(STORAGE " in imap.tagged("GETQUOTAROOT INBOX")
    assert "10240)" in imap.tagged("GETQUOTAROOT INBOX")
    assert "\\Sent" in imap.tagged('LIST "" "*"')


def test_a_plus_sign_is_part_of_a_name(server: MailServer) -> None:
    server.send(f"a+b@{DOMAIN}", "plus")
    imap = server.talk("imaps", secure=True)
    assert "a OK" in imap.tagged(f'LOGIN a+b@{DOMAIN} "{PASSWORD}"')
    until(lambda: "1 EXISTS" in imap.tagged("SELECT INBOX"))
    assert "STORAGE" not in imap.tagged("GETQUOTAROOT INBOX")  # this one has no limit


def test_mail_that_was_accepted_is_stored_though_it_fills_the_mailbox_and_is_not_bounced(server: MailServer) -> None:
    server.edit(Edit(("accounts", ACCOUNT, "quota_mb"), 10, 1))
    server.send(ACCOUNT, "too much", body="x" * 70 + "\r\n", times=20_000)
    until(lambda: "status=" in server.log().rpartition("too-much")[2])
    server.edit(Edit(("accounts", ACCOUNT, "quota_mb"), 1, 10))
    assert "status=sent" in server.log().rpartition("too-much")[2]


def test_a_new_account_works_at_once_and_a_removed_one_no_more(server: MailServer) -> None:
    talk = server.talk("smtp")
    talk.say("EHLO x.test")
    talk.say("MAIL FROM:<a@b.test>")
    assert talk.say(f"RCPT TO:<jiro@{DOMAIN}>").startswith("550")
    edit = Edit(("accounts", f"jiro@{DOMAIN}"), None, {"password_hash": None})
    server.edit(edit)
    assert talk.say(f"RCPT TO:<jiro@{DOMAIN}>").startswith("250")
    server.edit(edit.inverse())
    assert talk.say(f"RCPT TO:<jiro@{DOMAIN}>").startswith("550")


def test_a_smuggled_message_stays_one(server: MailServer) -> None:
    """CVE-2023-51764: an end of data that is not CRLF.CRLF ends nothing."""
    before = server.log().count("queue active")
    talk = server.talk("smtp")
    talk.say("EHLO x.test")
    talk.say("MAIL FROM:<a@b.test>")
    talk.say(f"RCPT TO:<{ACCOUNT}>")
    talk.say("DATA")
    inner = f"MAIL FROM:<forged@{DOMAIN}>\r\nRCPT TO:<{ACCOUNT}>\r\nDATA\r\nSubject: smuggled\r\n\r\nx"
    talk.connection.sendall(f"Subject: one\r\n\r\nbody\n.\r\n{inner}\r\n.\r\n".encode())
    assert talk.reply().startswith("250")
    assert talk.say("NOOP") == "250 2.0.0 Ok"
    until(lambda: server.log().count("queue active") > before)
    time.sleep(0.3)
    assert server.log().count("queue active") == before + 1
    assert f"from=<forged@{DOMAIN}>" not in server.log()


def test_early_talking_before_the_answer_is_refused(server: MailServer) -> None:
    talk = server.talk("smtp")
    talk.say("HELO x.test")
    talk.connection.sendall(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<x@far.test>\r\n")
    assert talk.reply().startswith("5")

"""What Sieve does with mail at delivery: Junk, replies, and scripts that are broken."""

from __future__ import annotations

import contextlib
import email.message
import email.parser
import email.policy
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator

import pytest

from fumibako.features.delivery.script import script
from fumibako.features.delivery.vacation import Vacation
from fumibako.schema.edit import Edit
from tests.document.conversation import Conversation
from tests.document.mail_server import ACCOUNT, DOMAIN, MailServer, password_hash, scratch, until

WRITER = f"taro@{DOMAIN}"


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with scratch(listen=("127.0.0.1",)) as running:
        yield running


@pytest.fixture(scope="module")
def behind_scanner() -> Iterator[MailServer]:
    """A server that can be told who is speaking."""
    with scratch(listen=("127.0.0.1",)) as running:
        running.install(running.settings(services__smtp__behind_scanner=True))
        yield running


def put_script(server: MailServer, address: str, text: str | None) -> None:
    with contextlib.closing(sqlite3.connect(str(server.home.passwords_db), timeout=5)) as database, database:
        database.execute("DELETE FROM scripts WHERE address = ?", (address,))
        if text is not None:
            database.execute("INSERT INTO scripts (address, id, script) VALUES (?, '1', ?)", (address, text))


def deliver(
    talk: Conversation, mark: str, *, header: str = "", to: str = ACCOUNT, named: str = "", sender: str = WRITER
) -> None:
    lines = f"{header}From: {WRITER}\r\nTo: {named or to}\r\nSubject: {mark}\r\nMessage-ID: <{mark}@x.test>\r\n\r\nhello\r\n."
    for line in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{to}>", "DATA", lines):
        reply = talk.say(line)
        assert reply.startswith(("2", "3")), reply


def marked(server: MailServer, mark: str) -> None:
    """A message as it comes from the mail filter that has marked it; the filter takes such marks of others away."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(f"{server.home.dovecot}/lmtp")
    talk = Conversation(connection)
    talk.say("LHLO x.test")
    deliver(talk, mark, header="X-Fumibako-Quarantine: dmarc=fail\r\n")
    talk.close()
    until(lambda: mark in subjects(server, ACCOUNT, "Junk"))


def greeted(server: MailServer) -> Conversation:
    talk = server.talk("smtp")
    talk.say("EHLO x.test")
    return talk


def subjects(server: MailServer, address: str, folder: str) -> list[str]:
    argv = ["doveadm", "-c", str(server.home.dovecot_conf), "fetch", "-u", address, "hdr.subject", "mailbox", folder]
    found = subprocess.run([*argv, "all"], capture_output=True, text=True).stdout
    return [line.removeprefix("hdr.subject: ") for line in found.splitlines() if line.startswith("hdr.subject: ")]


def replies(server: MailServer, address: str) -> list[email.message.EmailMessage]:
    """The automatic replies in somebody's INBOX."""
    argv = ["doveadm", "-c", str(server.home.dovecot_conf), "fetch", "-u", address, "text", "mailbox", "INBOX"]
    found = subprocess.run([*argv, "header", "auto-submitted", "auto-replied"], capture_output=True).stdout
    parser = email.parser.BytesParser(policy=email.policy.default)
    return [parser.parsebytes(text) for text in (b"\n" + found).split(b"\ntext:\n")[1:]]


def test_a_script_that_does_not_compile_loses_no_mail(server: MailServer) -> None:
    put_script(server, ACCOUNT, 'require "vnd.dovecot.pipe"; pipe "sh"; this is no Sieve')
    talk = greeted(server)
    deliver(talk, "broken")
    talk.close()
    until(lambda: "broken" in subjects(server, ACCOUNT, "INBOX"))
    put_script(server, ACCOUNT, None)


def test_a_script_can_neither_redirect_nor_run_anything(server: MailServer) -> None:
    talk = greeted(server)
    put_script(server, ACCOUNT, f'redirect "{WRITER}";')
    deliver(talk, "redirected")
    for capability in ("vnd.dovecot.pipe", "vnd.dovecot.filter", "vnd.dovecot.execute", "enotify", "include"):
        put_script(server, ACCOUNT, f'require "{capability}";\ndiscard;')
        deliver(talk, f"with-{capability}")
    talk.close()
    until(lambda: "with-include" in subjects(server, ACCOUNT, "INBOX"))
    found = subjects(server, ACCOUNT, "INBOX")
    assert "redirected" in found
    assert "with-vnd.dovecot.pipe" in found
    assert "redirected" not in subjects(server, WRITER, "INBOX")
    put_script(server, ACCOUNT, None)


def test_a_reply_goes_once_to_a_person_and_never_to_a_program(server: MailServer) -> None:
    asked = Vacation(
        subject="留守です", text='I am away.\n.\n"quoted" \\ ${1}\n\n8月20日まで', addresses=(f"info@{DOMAIN}",)
    )
    put_script(server, ACCOUNT, script(ACCOUNT, asked))
    server.edit(Edit(("aliases", f"info@{DOMAIN}"), None, {"targets": [ACCOUNT]}))
    talk = greeted(server)
    for mark, header in (
        ("list", "List-Id: <x.test>\r\n"),
        ("bulk", "Precedence: bulk\r\n"),
        ("auto", "Auto-Submitted: auto-generated\r\n"),
    ):
        deliver(talk, mark, header=header)
    deliver(talk, "no-sender", sender="")
    deliver(talk, "not-named", named="everybody@x.test")
    marked(server, "junk")
    deliver(talk, "person", to=f"info@{DOMAIN}")
    until(lambda: len(replies(server, WRITER)) == 1)
    deliver(talk, "again")
    talk.close()
    until(lambda: "again" in subjects(server, ACCOUNT, "INBOX"))
    time.sleep(0.5)
    (reply,) = replies(server, WRITER)
    assert reply["Subject"] == "留守です"
    assert reply["In-Reply-To"] == "<person@x.test>"
    assert reply["Return-Path"] == "<>"
    assert reply["From"] == ACCOUNT
    content = reply.get_content()
    assert '"quoted" \\ ${1}' in content.replace("\r\n", "\n")
    assert "8月20日まで" in content
    assert "from=<>" in server.log()


def test_a_reply_keeps_to_its_days(server: MailServer) -> None:
    over = Vacation(text="long ago", first_day="2020-01-01", last_day="2020-01-31")
    yet = Vacation(text="later", first_day="2999-01-01")
    server.edit(
        *(
            Edit(("accounts", f"{name}@{DOMAIN}"), None, {"password_hash": password_hash(), "quota_mb": None})
            for name in ("jiro", "saburo", "shiro")
        )
    )
    now = Vacation(text="now", first_day="2020-01-01", last_day="2999-01-01")
    talk = greeted(server)
    before = len(replies(server, WRITER))
    for name, vacation in (("jiro", over), ("saburo", yet), ("shiro", now)):
        address = f"{name}@{DOMAIN}"
        put_script(server, address, script(address, vacation))
        deliver(talk, f"to-{name}", to=address)
    talk.close()
    until(lambda: len(replies(server, WRITER)) > before)
    time.sleep(0.3)
    assert [str(each["From"]) for each in replies(server, WRITER)[before:]] == [f"shiro@{DOMAIN}"]


def test_marked_mail_is_put_into_junk_and_nowhere_else(server: MailServer) -> None:
    marked(server, "doubtful")
    assert "doubtful" not in subjects(server, ACCOUNT, "INBOX")


def test_what_a_stranger_marks_himself_is_no_junk(behind_scanner: MailServer) -> None:
    server = behind_scanner
    talk = greeted(server)
    assert talk.say("XCLIENT ADDR=198.51.100.9 NAME=stranger.test HELO=stranger.test").startswith("220")
    talk.say("EHLO stranger.test")
    deliver(talk, "forged", header="X-Fumibako-Quarantine: yes\r\nx-fumibako-QUARANTINE : no\r\n", sender="a@b.test")
    talk.close()
    until(lambda: "forged" in subjects(server, ACCOUNT, "INBOX"))

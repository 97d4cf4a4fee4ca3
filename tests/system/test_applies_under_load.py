"""Mail goes on while the settings change: none is lost, none refused, and no session is cut that has nothing to do with it."""

from __future__ import annotations

import imaplib
import smtplib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.homes import PASSWORD
from tests.system.network import OUTSIDE, SERVER
from tests.system.server import HANAKO, STRANGER, TARO, Server, message, subjects, until, unverified


@dataclass
class Sender(ABC):
    """Sends one message after another until it is told to stop. `trouble` is whatever a client would not like."""

    server: Server
    name: str
    acknowledged: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(0.25):
            subject = f"{self.name} {len(self.acknowledged)}"
            try:
                self.send(subject)
                self.acknowledged.append(subject)
            except (OSError, smtplib.SMTPException) as error:
                self.trouble.append(f"{subject}: {error!r}")

    @abstractmethod
    def send(self, subject: str) -> None: ...


class Stranger(Sender):
    """Another mail server: port 25, a new connection for each message."""

    def send(self, subject: str) -> None:
        with smtplib.SMTP(SERVER, self.server.port("smtp"), timeout=20, source_address=(OUTSIDE, 0)) as client:
            client.sendmail(STRANGER, [HANAKO], message(subject).removesuffix("."))


class Hanako(Sender):
    """A mail client: Submission with TLS and a log-in, a new connection for each message."""

    def send(self, subject: str) -> None:
        with smtplib.SMTP(SERVER, self.server.port("submission"), timeout=20) as client:
            client.starttls(context=unverified())
            client.login(HANAKO, PASSWORD)
            client.sendmail(HANAKO, [TARO], message(subject).removesuffix("."))


class Patient(Sender):
    """A mail server that keeps one connection as long as it can."""

    client: smtplib.SMTP | None = None

    def send(self, subject: str) -> None:
        if self.client is None:
            self.client = smtplib.SMTP(SERVER, self.server.port("smtp"), timeout=20, source_address=(OUTSIDE, 0))
        self.client.sendmail(STRANGER, [TARO], message(subject).removesuffix("."))


@contextmanager
def sending(*senders: Sender) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=sender.run, args=(stop,)) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def twenty_applies(server: Server) -> Iterator[dict[str, Any] | list[str]]:
    """Changes of every kind that leave the ports alone which mail comes in by: settings, or words of a command."""
    for number in range(4):
        yield {"message_size_limit": 1_000_000 + number}
        yield ["account", "add", f"new{number}@example.jp", "--password-file", "-"]
        yield {"advanced": {"smtpd_banner": f"ESMTP number {number}"}}
        yield {
            "services": {"pop3": {"port": server.port("pop3") + 2000 + number}, "smtps": {"enabled": number % 2 == 0}}
        }
        yield ["domain", "add", f"new{number}.example"]


def test_mail_sent_across_twenty_applies_is_neither_lost_nor_refused(server: Server) -> None:
    server.given()
    stranger, hanako, patient = (kind(server, kind.__name__) for kind in (Stranger, Hanako, Patient))
    applied = []
    with sending(stranger, hanako, patient):
        for change in twenty_applies(server):
            if isinstance(change, dict):
                server.given(**change)
            else:
                answer = server.home.cli(*change, "--json", stdin=PASSWORD)
                assert answer.exit == 0, answer
            applied.append(server.home.status()["applied"])
        # Each of them went on after the last apply, too.
        counts = [len(sender.acknowledged) for sender in (stranger, hanako, patient)]
        until(lambda: all(len(s.acknowledged) > n for s, n in zip((stranger, hanako, patient), counts, strict=True)))
    assert len(set(applied)) == 20
    assert [stranger.trouble, hanako.trouble, patient.trouble] == [[], [], []]
    assert min(counts) > 20
    sent = [*stranger.acknowledged, *hanako.acknowledged, *patient.acknowledged]
    # None of them waits for a queue run, which may be a quarter of an hour away.
    until(lambda: set(sent) <= {*server.subjects(HANAKO), *server.subjects(TARO)}, 60)
    found = server.subjects(HANAKO) + server.subjects(TARO)
    assert [subject for subject in sent if found[subject] != 1] == []


def test_a_live_imap_session_sees_unrelated_applies_pass(server: Server) -> None:
    server.given()
    starttls = imaplib.IMAP4(SERVER, server.port("imap"), timeout=20)
    starttls.starttls(unverified())
    imaps = imaplib.IMAP4_SSL(SERVER, server.port("imaps"), ssl_context=unverified(), timeout=20)
    sessions = {"starttls": starttls, "imaps": imaps}
    for session in sessions.values():
        session.login(HANAKO, PASSWORD)
        session.select("INBOX")
    changes: list[dict[str, Any]] = [
        {"message_size_limit": 2_000_000},
        {"services": {"pop3": {"port": server.port("pop3") + 2000}, "pop3s": {"enabled": False}}},
        {"advanced": {"pop3_greeting": "Letters"}},
    ]
    for number, change in enumerate(changes):
        server.given(**change)
        server.send(HANAKO, f"after apply {number}")
        for session in sessions.values():
            until(lambda session=session, number=number: f"after apply {number}" in subjects(session))  # type: ignore[misc]
    server.home.add_domain("unrelated.example")
    # Dovecot's master by itself would kill what is left six seconds after a reload.
    reloaded = time.monotonic()
    while time.monotonic() < reloaded + 7:
        assert [session.noop()[0] for session in sessions.values()] == ["OK", "OK"]
        time.sleep(0.5)
    for session in sessions.values():
        assert session.logout()[0] == "BYE"


def test_an_smtp_session_in_the_middle_of_a_message_is_not_cut(server: Server) -> None:
    server.given()
    talk, _ = server.greeted("smtp")
    for line, code in ((f"MAIL FROM:<{STRANGER}>", "250"), (f"RCPT TO:<{HANAKO}>", "250"), ("DATA", "354")):
        assert talk.say(line).startswith(code)
    first, _, rest = message("begun before the apply", 100_000).partition("\r\n\r\n")
    talk.connection.sendall(first.encode() + b"\r\n\r\n")
    server.given(message_size_limit=3_000_000, advanced={"smtpd_banner": "ESMTP anew"})
    assert talk.say(rest).startswith("250 ")
    server.arrives(HANAKO, "begun before the apply")


def test_questions_about_many_new_accounts_make_no_real_mail_wait(server: Server) -> None:
    """Postfix makes a client wait a second where a hundred recipients were accepted and no mail came of it."""
    accounts = "".join(f"  new{number}@many.example: {{}}\n" for number in range(150))
    assert server.home.apply(f"domains:\n  many.example: {{}}\naccounts:\n{accounts}").exit == 0
    waits = []
    for _ in range(5):
        with smtplib.SMTP(SERVER, server.port("smtp"), timeout=20, source_address=(OUTSIDE, 0)) as client:
            client.ehlo("mx.sender.test")
            client.mail(STRANGER)
            begun = time.monotonic()
            assert client.rcpt("new7@many.example")[0] == 250
            waits.append(time.monotonic() - begun)
    assert min(waits) < 0.9, waits  # a busy machine may be slow, but is not always

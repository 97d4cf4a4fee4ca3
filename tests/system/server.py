"""A home on the wire: what it is told through the public command, and what clients near and far then see."""

from __future__ import annotations

import email
import imaplib
import json
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.document.conversation import Conversation, secured
from tests.document.mail_server import plain
from tests.homes import PASSWORD, Answer, TestedHome
from tests.system.network import OUTSIDE, SERVER

HOSTNAME = "mail.example.jp"
DOMAIN = "example.jp"
HANAKO, TARO = f"hanako@{DOMAIN}", f"taro@{DOMAIN}"
ELSEWHERE = "somebody@far.example"
STRANGER = "stranger@far.example"
TLS_FROM_THE_START = ("smtps", "pop3s", "imaps")


class Server:
    """One home, listening on 127.0.0.1 and on `SERVER`, with two accounts."""

    def __init__(self, home: TestedHome) -> None:
        self.home = home
        self._given: str | None = None

    def furnish(self) -> None:
        self.home.up()
        for account in (HANAKO, TARO):
            self.home.add_account(account)

    def port(self, service: str) -> int:
        return self.home.port(service)

    def given(self, **basics: Any) -> None:
        """Make the basic settings these, all others as they are at first; nothing to do where they are these already."""
        answer = self.tell(basics) if self._given != json.dumps(basics) else None
        assert answer is None or answer.exit == 0, f"{answer}\n{self.home.logs()}"

    def tell(self, basics: dict[str, Any]) -> Answer:
        """The same, and the answer of `apply`."""
        self._given = None
        answer = self.home.apply(json.dumps({"basics": {"listen": ["127.0.0.1", SERVER], **basics}}))
        if answer.exit == 0:
            self._given = json.dumps(basics)
        return answer

    def listens(self, port: int) -> bool:
        """Whether anybody answers there: on both addresses, or on none."""
        found = {address: _answers(address, port) for address in ("127.0.0.1", SERVER)}
        assert len(set(found.values())) == 1, found
        return found["127.0.0.1"]

    def talk(self, service: str, *, source: str = OUTSIDE, port: int | None = None) -> Conversation:
        """A conversation from a stranger's address, or from `source`; with TLS where the service begins with it."""
        target = SERVER if source == OUTSIDE else "127.0.0.1"
        connection = socket.create_connection(
            (target, port or self.port(service)), timeout=20, source_address=(source, 0)
        )
        return Conversation(secured(connection) if service in TLS_FROM_THE_START else connection)

    def greeted(self, service: str, *, source: str = OUTSIDE, tls: bool = False) -> tuple[Conversation, str]:
        """The same with EHLO said, after STARTTLS with `tls`; and what EHLO announced."""
        talk = self.talk(service, source=source)
        words = talk.say("EHLO client.example")
        if tls:
            assert talk.say("STARTTLS").startswith("220 ")
            talk.secure()
            words = talk.say("EHLO client.example")
        return talk, words

    def send(self, recipient: str, subject: str, *, source: str = OUTSIDE, size: int = 0) -> None:
        """A message through port 25; it was acknowledged when this returns."""
        talk, _ = self.greeted("smtp", source=source)
        assert_all(talk, f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<{recipient}>")
        assert talk.say("DATA").startswith("354 ")
        assert talk.say(message(subject, size)).startswith("250 ")
        talk.close()

    def mailbox(self, account: str) -> imaplib.IMAP4_SSL:
        client = imaplib.IMAP4_SSL(SERVER, self.port("imaps"), ssl_context=unverified(), timeout=20)
        client.login(account, PASSWORD)
        client.select("INBOX")
        return client

    def subjects(self, account: str) -> Counter[str]:
        """The subjects in an account's INBOX, as any mail client would list them."""
        client = self.mailbox(account)
        try:
            return subjects(client)
        finally:
            client.logout()

    def headers(self, account: str, subject: str) -> str:
        """The header of the first message with this subject."""
        client = self.mailbox(account)
        try:
            number = client.search(None, "SUBJECT", f'"{subject}"')[1][0].split()[0].decode()
            parts = client.fetch(number, "(BODY.PEEK[HEADER])")[1]
            return next(part[1].decode() for part in parts if isinstance(part, tuple))
        finally:
            client.logout()

    def arrives(self, account: str, *wanted: str) -> None:
        """Wait for these subjects; each is there once."""
        until(lambda: set(wanted) <= set(self.subjects(account)))
        found = self.subjects(account)
        assert {subject: found[subject] for subject in wanted} == dict.fromkeys(wanted, 1)

    def log(self) -> str:
        return (self.home.root / "server/log/postfix.log").read_text(errors="replace")


def subjects(client: imaplib.IMAP4) -> Counter[str]:
    client.noop()
    _, data = (
        client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])") if client.search(None, "ALL")[1][0] else (0, [])
    )
    return Counter(str(email.message_from_bytes(part[1])["Subject"]) for part in data if isinstance(part, tuple))


def message(subject: str, size: int = 0) -> str:
    """A message of at least `size` bytes, with its end of data but for the last CRLF."""
    line = "x" * 98 + "\r\n"
    return f"From: {STRANGER}\r\nSubject: {subject}\r\n\r\n{line * (size // 100 + 1)}."


def assert_all(talk: Conversation, *lines: str) -> None:
    """Each of these is answered with 2xx."""
    for line in lines:
        reply = talk.say(line)
        assert reply.startswith("2"), f"{line}: {reply}"


def log_in(talk: Conversation, account: str = HANAKO) -> str:
    return talk.say(f"AUTH PLAIN {plain(account, PASSWORD)}")


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def until(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.1)


def _answers(address: str, port: int) -> bool:
    with socket.socket() as attempt:
        attempt.settimeout(2)
        return attempt.connect_ex((address, port)) == 0

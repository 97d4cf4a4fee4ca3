"""Bounces and automatic replies: signed like other mail of the domain, and never held up for it."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
from collections.abc import Iterator

import dkim as dkimpy  # type: ignore[import-untyped]
import pytest

from fumibako.features.delivery.script import script
from fumibako.features.delivery.vacation import Vacation
from fumibako.schema.edit import Edit
from fumibako.schema.place import planted
from tests.document.authenticated import Authenticated, authenticated, parsed, send
from tests.document.mail_server import ACCOUNT, DOMAIN, HOSTNAME, password_hash, until
from tests.document.scanners import MilterScanner


@pytest.fixture(scope="module")
def mail() -> Iterator[Authenticated]:
    with authenticated() as running:
        yield running


def notices(mail: Authenticated, subject: str) -> list[bytes]:
    """What has come to hanako from nobody and quotes a message or answers it."""
    argv = ["doveadm", "-c", str(mail.server.home.dovecot_conf), "fetch", "-u", ACCOUNT, "text"]
    found = subprocess.run([*argv, "mailbox", "INBOX", "text", subject], capture_output=True).stdout
    texts = [text.replace(b"\r\n", b"\n") for text in (b"\n" + found).split(b"\ntext:\n")[1:]]
    return [
        text.replace(b"\x0c\n", b"").removesuffix(b"\x0c").replace(b"\n", b"\r\n") for text in texts if _automatic(text)
    ]


def _automatic(text: bytes) -> bool:
    return (parsed(text)["Auto-Submitted"] or "").startswith("auto-")


def bounced(mail: Authenticated, mark: str) -> bytes:
    """The bounce of a message to an alias that leads to nobody."""
    assert send(mail.hanako(), mark, sender=ACCOUNT, author=ACCOUNT, to=f"lost@{DOMAIN}").startswith("250")
    until(lambda: len(notices(mail, mark)) == 1)
    return notices(mail, mark)[0]


@pytest.fixture
def lost(mail: Authenticated) -> Iterator[None]:
    alias = Edit(("aliases", f"lost@{DOMAIN}"), None, {"targets": [f"nobody-at-all@{DOMAIN}"]})
    mail.server.edit(alias)
    yield
    mail.server.edit(alias.inverse())


def verifies(mail: Authenticated, octets: bytes) -> bool:
    return bool(dkimpy.verify(octets[octets.index(b"DKIM-Signature") :], dnsfunc=mail.dns, minkey=1024))


def test_a_bounce_is_signed_by_the_domain_that_it_comes_from(mail: Authenticated, lost: None) -> None:
    octets = bounced(mail, "bounced")
    assert f"MAILER-DAEMON@{DOMAIN}" in str(parsed(octets)["From"])
    assert verifies(mail, octets), octets.decode()
    # Postfix may speak as the host, which is no domain of mail here: the one above signs.
    mail.server.install(planted(mail.server.tree, ("basics", "primary_domain"), HOSTNAME))
    octets = bounced(mail, "bounced-by-host")
    mail.install()
    assert f"MAILER-DAEMON@{HOSTNAME}" in str(parsed(octets)["From"])
    assert f"d={DOMAIN};" in str(parsed(octets)["DKIM-Signature"])
    assert verifies(mail, octets)


def test_beside_a_scanner_that_is_a_milter_a_bounce_is_signed_and_not_scanned(mail: Authenticated, lost: None) -> None:
    """The scanner reads bodies alone: the message passes, and the bounce would not, for its body quotes the header."""
    with contextlib.closing(MilterScanner()) as scanner:
        at = {"host": "127.0.0.1", "port": scanner.port, "socket": None}
        mail.server.install(planted(mail.server.tree, ("basics", "milter_scanner"), at))
        talk = mail.hanako()
        for line in (f"MAIL FROM:<{ACCOUNT}>", f"RCPT TO:<lost@{DOMAIN}>", "DATA"):
            assert talk.say(line)[0] in "23"
        assert talk.say(f"From: {ACCOUNT}\r\nSubject: EICAR\r\n\r\nno virus\r\n.").startswith("250")
        until(lambda: len(notices(mail, "EICAR")) == 1)
        assert scanner.scanned == 1
    mail.install()
    assert verifies(mail, notices(mail, "EICAR")[0])


def test_a_bounce_that_somebody_else_made_is_not_signed(mail: Authenticated) -> None:
    for author in (f"MAILER-DAEMON@{DOMAIN}", f"MAILER-DAEMON@{HOSTNAME}"):
        mark = f"forged-{author.partition('@')[2]}"
        assert send(mail.outsider(), mark, sender="", author=author).startswith("250")
        message = parsed(mail.fetched(mark))
        assert message["DKIM-Signature"] is None
        assert message["Authentication-Results"] is not None
    mail.server.edit(Edit(("access", "permitted_clients", "198.51.100.9"), None, True))
    assert send(mail.outsider(), "lent", sender="", author=f"MAILER-DAEMON@{HOSTNAME}").startswith("250")
    mail.server.edit(Edit(("access", "permitted_clients", "198.51.100.9"), True, None))
    assert parsed(mail.fetched("lent"))["DKIM-Signature"] is None


def test_a_bounce_goes_out_unsigned_rather_than_never(mail: Authenticated, lost: None) -> None:
    held = planted(mail.server.tree, ("basics", "local_overrides"), {"defer_transports": "lmtp"})
    mail.server.install(held)
    assert send(mail.hanako(), "kept", sender=ACCOUNT, author=ACCOUNT, to=f"lost@{DOMAIN}").startswith("250")
    row = mail.server.look_up("SELECT sealed FROM signing_keys WHERE selector = 'r'")[0][0]
    mail.server.look_up("UPDATE signing_keys SET sealed = '1.AAAA' WHERE selector = 'r'")
    mail.install()
    flush(mail)
    until(lambda: len(notices(mail, "kept")) == 1)
    mail.server.look_up("UPDATE signing_keys SET sealed = ? WHERE selector = 'r'", row)
    assert parsed(notices(mail, "kept")[0])["DKIM-Signature"] is None


def test_a_bounce_waits_for_a_filter_that_is_away(mail: Authenticated, lost: None) -> None:
    mail.server.install(planted(mail.server.tree, ("basics", "local_overrides"), {"defer_transports": "lmtp"}))
    assert send(mail.hanako(), "patient", sender=ACCOUNT, author=ACCOUNT, to=f"lost@{DOMAIN}").startswith("250")
    mail.server.stop_filter()
    before = len(mail.server.log())
    mail.install()
    flush(mail)
    until(lambda: "status=deferred (bounce failed)" in mail.server.log()[before:])
    assert notices(mail, "patient") == []
    mail.server.start_filter()
    flush(mail)
    until(lambda: len(notices(mail, "patient")) == 1)
    assert verifies(mail, notices(mail, "patient")[0])


def flush(mail: Authenticated) -> None:
    subprocess.run(["postqueue", "-c", str(mail.server.home.postfix), "-f"], check=True)


def test_an_automatic_reply_is_signed(mail: Authenticated) -> None:
    away = f"saburo@{DOMAIN}"
    mail.server.edit(Edit(("accounts", away), None, {"password_hash": password_hash(), "quota_mb": None}))
    answer = script(away, Vacation(subject="Away", text="I am away.", addresses=()))
    with contextlib.closing(sqlite3.connect(str(mail.server.home.passwords_db), timeout=5)) as database, database:
        database.execute("INSERT INTO scripts (address, id, script) VALUES (?, '1', ?)", (away, answer))
    assert send(mail.hanako(), "answered", sender=ACCOUNT, author=ACCOUNT, to=away).startswith("250")
    until(lambda: len(notices(mail, "I am away")) == 1)
    octets = notices(mail, "I am away")[0]
    assert away in str(parsed(octets)["From"])
    assert verifies(mail, octets)

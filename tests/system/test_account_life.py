"""An account is renamed, removed and brought back, and its mail with it; nobody else ever reads it."""

from __future__ import annotations

import imaplib
import smtplib
import ssl
import time
import uuid

import pytest

from tests.homes import PASSWORD, TestedHome
from tests.system.server import Server

DOMAIN = "life.example"


@pytest.fixture(scope="module")
def home(server: Server) -> TestedHome:
    server.home.add_domain(DOMAIN)
    return server.home


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def account(home: TestedHome, address: str) -> str:
    home.add_account(address)
    return address


def deliver(home: TestedHome, address: str) -> str:
    """Send a message from this machine; its subject."""
    subject = uuid.uuid4().hex
    with smtplib.SMTP("127.0.0.1", home.port("smtp"), timeout=20) as smtp:
        smtp.sendmail("", [address], f"Subject: {subject}\r\n\r\nmail\r\n")
    return subject


def subjects(home: TestedHome, address: str) -> set[str]:
    with imaplib.IMAP4_SSL("127.0.0.1", home.port("imaps"), ssl_context=unverified(), timeout=20) as imap:
        imap.login(address, PASSWORD)
        imap.select("INBOX", readonly=True)
        if imap.search(None, "ALL")[1] == [b""]:
            return set()
        _, found = imap.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        return {part[1].decode().split()[1] for part in found if isinstance(part, tuple)}


def arrives(home: TestedHome, address: str, subject: str) -> bool:
    for _ in range(100):
        if subject in subjects(home, address):
            return True
        time.sleep(0.1)
    return False


def answer(home: TestedHome, address: str) -> int:
    with smtplib.SMTP("127.0.0.1", home.port("smtp"), timeout=20) as smtp:
        smtp.ehlo()
        smtp.mail("")
        return smtp.rcpt(address)[0]


def test_a_renamed_account_has_its_mail_and_password_and_the_old_address_is_nobodys(home: TestedHome) -> None:
    old = account(home, f"old@{DOMAIN}")
    subject = deliver(home, old)
    assert arrives(home, old, subject)
    new = f"new@{DOMAIN}"
    assert home.cli("account", "rename", old, new).exit == 0
    assert subjects(home, new) == {subject}
    assert answer(home, old) == 550
    assert arrives(home, new, deliver(home, new))
    assert home.cli("account", "rename", new, old).exit == 0, "and back again"
    assert len(subjects(home, old)) == 2


def test_whoever_gets_a_renamed_accounts_address_gets_an_empty_mailbox(home: TestedHome) -> None:
    first = account(home, f"first@{DOMAIN}")
    assert arrives(home, first, deliver(home, first))
    assert home.cli("account", "rename", first, f"moved@{DOMAIN}").exit == 0
    account(home, first)
    assert subjects(home, first) == set()
    subject = deliver(home, first)
    assert arrives(home, first, subject)
    assert subject not in subjects(home, f"moved@{DOMAIN}")


def test_a_removed_account_comes_back_with_its_mail(home: TestedHome) -> None:
    gone = account(home, f"gone@{DOMAIN}")
    subject = deliver(home, gone)
    assert arrives(home, gone, subject)
    assert home.cli("account", "remove", gone).exit == 0
    assert answer(home, gone) == 550
    listed = home.cli("account", "removed", "--json").json
    assert gone in [each["address"] for each in listed["accounts"]]
    assert home.cli("account", "restore", gone).exit == 0
    assert subjects(home, gone) == {subject}
    refused = home.cli("account", "restore", gone)
    assert refused.exit == 1, "there is nothing to restore any more"


def test_a_new_account_never_finds_the_mail_of_one_that_was_removed(home: TestedHome) -> None:
    address = account(home, f"again@{DOMAIN}")
    assert arrives(home, address, deliver(home, address))
    assert home.cli("account", "remove", address).exit == 0
    account(home, address)
    assert subjects(home, address) == set()


def test_an_address_that_is_taken_or_is_none_is_refused_and_nothing_changes(home: TestedHome) -> None:
    one, two = account(home, f"one@{DOMAIN}"), account(home, f"two@{DOMAIN}")
    before = home.cli("export").stdout
    for new in (two, "a..b@" + DOMAIN, "x@elsewhere.example", "example.com\nfoo"):
        assert home.cli("account", "rename", one, new).exit == 1, new
    assert home.cli("export").stdout == before

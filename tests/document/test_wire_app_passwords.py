"""App passwords on the wire: several of an account open its mail beside its own password, and close at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from fumibako.schema.edit import Edit
from tests.document.mail_server import ACCOUNT, PASSWORD, MailServer, new_client, plain

PHONE, LAPTOP = "k7f3-m2pq-9abc-defg-hjkm", "zzzz-yyyy-xxxx-wwww-vvvv"
PLACE = ("accounts", ACCOUNT, "app_passwords")


def entry(secret: str) -> dict[str, str]:
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return {"name": secret[:4], "made": "2026-01-01T00:00:00+00:00", "digest": digest}


def hold(server: MailServer, *secrets: str) -> None:
    server.edit(Edit(PLACE, None, [entry(each) for each in secrets] or None))


@pytest.fixture
def held(server: MailServer) -> Iterator[MailServer]:
    hold(server, PHONE, LAPTOP)
    yield server
    server.edit(Edit(("accounts", ACCOUNT, "enabled"), False, True))
    hold(server)


def reads(server: MailServer, password: str) -> bool:
    imap = server.talk("imaps", source=new_client(), secure=True)
    try:
        return "a OK" in imap.tagged(f'LOGIN {ACCOUNT} "{password}"')
    finally:
        imap.close()


def sends(server: MailServer, password: str) -> str:
    talk = server.talk("smtps", source=new_client(), secure=True)
    talk.say("EHLO x.test")
    return talk.say(f"AUTH PLAIN {plain(ACCOUNT, password)}")


def test_each_opens_imap_pop3_and_the_sending_of_mail_beside_the_accounts_own(held: MailServer) -> None:
    for password in (PHONE, LAPTOP, PASSWORD):
        assert reads(held, password), password
        assert sends(held, password).startswith("235"), password
    pop = held.talk("pop3s", secure=True)
    assert pop.say(f"USER {ACCOUNT}").startswith("+OK")
    assert pop.say(f"PASS {LAPTOP}").startswith("+OK")


def test_a_revoked_one_opens_nothing_and_the_others_still_do(held: MailServer) -> None:
    hold(held, LAPTOP)
    assert not reads(held, PHONE)
    assert sends(held, PHONE).startswith("535")
    assert reads(held, LAPTOP)
    assert reads(held, PASSWORD)


def test_none_opens_an_account_that_is_off(held: MailServer) -> None:
    held.edit(Edit(("accounts", ACCOUNT, "enabled"), True, False))
    assert not reads(held, PHONE)
    assert sends(held, LAPTOP).startswith("535")


def test_what_is_typed_is_never_part_of_the_query_nor_of_the_log(held: MailServer) -> None:
    hostile = "x' OR '1'='1"
    for password in (hostile, "", entry(PHONE)["digest"], "{SHA256.HEX}" + entry(PHONE)["digest"], PHONE.upper()):
        assert not reads(held, password), password
    log = held.dovecot_log()
    for secret in (PHONE, PASSWORD, hostile, entry(PHONE)["digest"], hashlib.sha256(PASSWORD.encode()).hexdigest()):
        assert secret not in log
    assert "Error" not in log

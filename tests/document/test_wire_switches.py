"""An account's switches are true on the wire at once, in sessions that are open too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fumibako.schema.edit import Edit
from tests.document.mail_server import ACCOUNT, PASSWORD, STRANGER, MailServer, plain


@pytest.fixture
def switched(server: MailServer) -> Iterator[MailServer]:
    """The server; what a test has switched off is on again afterwards."""
    yield server
    for name in ("enabled", "may_send", "may_receive"):
        switch(server, name, on=True)


def switch(server: MailServer, name: str, *, on: bool) -> None:
    server.edit(Edit(("accounts", ACCOUNT, name), not on, on))


def stranger(server: MailServer) -> str:
    asked = server.ask("smtp")
    asked.say("EHLO x.test")
    asked.say(STRANGER)
    asked.say("EHLO stranger.test")
    asked.say("MAIL FROM:<a@stranger.test>")
    return asked.say(f"RCPT TO:<{ACCOUNT}>")


@pytest.mark.parametrize("name", ["may_send", "enabled"])
def test_an_account_that_is_barred_from_sending_is_refused_in_its_open_session(switched: MailServer, name: str) -> None:
    talk = switched.talk("smtps", secure=True)
    talk.say("EHLO x.test")
    assert talk.say(f"AUTH PLAIN {plain(ACCOUNT)}").startswith("235")
    talk.say(f"MAIL FROM:<{ACCOUNT}>")
    assert talk.say("RCPT TO:<x@far.test>").startswith("250")
    switch(switched, name, on=False)
    assert talk.say("RCPT TO:<y@far.test>").startswith("550 5.7.1")
    assert stranger(switched).startswith("250"), "it still receives"


def test_an_account_that_may_not_send_still_reads(switched: MailServer) -> None:
    switch(switched, "may_send", on=False)
    imap = switched.talk("imaps", secure=True)
    assert "a OK" in imap.tagged(f'LOGIN {ACCOUNT} "{PASSWORD}"')


def test_an_account_that_is_off_does_not_log_in(switched: MailServer) -> None:
    switch(switched, "enabled", on=False)
    talk = switched.talk("smtps", secure=True)
    talk.say("EHLO x.test")
    assert talk.say(f"AUTH PLAIN {plain(ACCOUNT)}").startswith("535")


def test_mail_for_an_account_that_may_not_receive_is_refused_during_the_session(switched: MailServer) -> None:
    assert stranger(switched).startswith("250")
    switch(switched, "may_receive", on=False)
    assert stranger(switched).startswith("550 5.2.1")
    talk = switched.talk("smtp", source="127.0.0.2")
    talk.say("EHLO x.test")
    talk.say("MAIL FROM:<>")
    assert talk.say(f"RCPT TO:<{ACCOUNT}>").startswith("550 5.2.1"), "this machine is refused as well"
    switch(switched, "may_receive", on=True)
    assert stranger(switched).startswith("250")

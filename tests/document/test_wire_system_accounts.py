"""Users of the operating system on the wire: real ones, who log in by PAM although nothing of ours is root."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest

from fumibako.schema.edit import Edit
from tests.document.mail_server import DOMAIN, PASSWORD, MailServer, new_client, plain, scratch, until
from tests.document.test_wire_aliases import arrives, asked, forget, lead, whole
from tests.system_user import PASSWORD as OF_THE_SYSTEM
from tests.system_user import SystemUser, system_user


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with scratch() as made:
        made.install(made.settings(system_accounts=True))
        yield made


@pytest.fixture
def taro() -> Iterator[SystemUser]:
    with system_user() as made:
        yield made


def known(server: MailServer, *names: str) -> None:
    """What the agent does: these are the system accounts."""
    for path in (server.home.passwords_db, server.home.lookup_db):
        with contextlib.closing(sqlite3.connect(str(path), timeout=5)) as database, database:
            database.execute("DELETE FROM system_users")
            rows = [(whole(name), name) for name in names]
            database.executemany("INSERT INTO system_users (address, name) VALUES (?, ?)", rows)


def logs_in(server: MailServer, name: str, password: str = OF_THE_SYSTEM) -> bool:
    imap = server.talk("imaps", source=new_client(), secure=True)
    try:
        return "a OK" in imap.tagged(f'LOGIN {name} "{password}"')
    finally:
        imap.close()


def row(quota_mb: int | None = None) -> dict[str, object]:
    return {"name": "", "password_hash": None, "quota_mb": quota_mb, "enabled": True}


def test_a_system_account_gets_mail_reads_it_and_sends(server: MailServer, taro: SystemUser) -> None:
    assert asked(server, whole(taro.name)) == ["550"]
    assert not logs_in(server, taro.name)
    known(server, taro.name)
    server.send(whole(taro.name), "for a system account")
    arrives(server, "for a system account", taro.name)
    assert (server.root / "server/mail/system" / taro.name).is_dir()
    assert not (server.root / "server/mail" / DOMAIN / taro.name).exists()
    for name in (taro.name, whole(taro.name), taro.name.upper()):
        assert logs_in(server, name), name
    pop = server.talk("pop3s", secure=True)
    assert pop.say(f"USER {taro.name}").startswith("+OK")
    assert pop.say(f"PASS {OF_THE_SYSTEM}").startswith("+OK")
    talk = server.talk("smtps", secure=True)
    talk.say("EHLO x.test")
    assert talk.say(f"AUTH PLAIN {plain(taro.name, OF_THE_SYSTEM)}").startswith("235")
    assert talk.say(f"MAIL FROM:<{whole(taro.name)}>").startswith("250")
    assert talk.say("RCPT TO:<x@far.test>").startswith("250")
    assert talk.say("RSET").startswith("250")
    talk.say(f"MAIL FROM:<hanako@{DOMAIN}>")
    assert talk.say("RCPT TO:<x@far.test>").startswith("553")


def test_a_wrong_password_and_a_locked_user_are_refused(server: MailServer, taro: SystemUser) -> None:
    known(server, taro.name)
    assert not logs_in(server, taro.name, "wrong")
    assert not logs_in(server, taro.name, "")
    assert logs_in(server, taro.name)
    taro.lock()
    assert not logs_in(server, taro.name)
    # His mail is kept: it is the log-in that is locked.
    assert asked(server, whole(taro.name)) == ["250"]


def test_who_is_not_known_is_never_asked_of_the_system(server: MailServer, taro: SystemUser) -> None:
    known(server)
    for name in ("root", f"root@{DOMAIN}", "daemon", taro.name):
        assert not logs_in(server, name), name
    # Even where a table would say that root is one of them.
    known(server, "root")
    assert not logs_in(server, "root")
    assert "pam(root" not in server.dovecot_log()


def test_an_account_of_the_same_address_wins(server: MailServer, taro: SystemUser) -> None:
    known(server, taro.name)
    place = ("accounts", whole(taro.name))
    [(hashed,)] = _passwords(server, "SELECT password FROM accounts WHERE address LIKE 'hanako@%'")
    server.edit(Edit(place, None, row() | {"password_hash": hashed}))
    server.send(whole(taro.name), "for the account")
    arrives(server, "for the account", taro.name)
    assert (server.root / "server/mail" / DOMAIN / taro.name).is_dir()
    assert logs_in(server, taro.name, PASSWORD)
    assert not logs_in(server, taro.name, OF_THE_SYSTEM)
    # One that is switched off as well: the system does not open what was closed here.
    server.edit(Edit((*place, "enabled"), True, False))
    assert not logs_in(server, taro.name, OF_THE_SYSTEM)
    server.edit(Edit(place, {}, None))
    assert logs_in(server, taro.name)


def test_an_alias_and_a_catch_all_see_system_accounts(server: MailServer, taro: SystemUser) -> None:
    known(server, taro.name)
    lead(server, "team", taro.name)
    lead(server, f"@{DOMAIN}", "hanako")
    server.send(whole("team"), "by an alias")
    server.send(whole(taro.name), "past the catch-all")
    arrives(server, "by an alias", taro.name)
    arrives(server, "past the catch-all", taro.name)
    forget(server, "team")
    forget(server, f"@{DOMAIN}")


def test_a_full_system_account_is_refused_at_rcpt_and_shows_its_limit(server: MailServer, taro: SystemUser) -> None:
    known(server, taro.name)
    limit = ("basics", "system_limits", taro.name)
    server.edit(Edit(limit, None, {"quota_mb": 1}))
    server.send(whole(taro.name), "large", body="x" * 70 + "\r\n", times=18_000)
    until(lambda: (server.usage(whole(taro.name)) or (0, 0))[0] > 1_000_000, 30)
    assert asked(server, whole(taro.name)) == ["552"]
    imap = server.talk("imaps", secure=True)
    imap.tagged(f'LOGIN {taro.name} "{OF_THE_SYSTEM}"')
    assert " 1024)" in imap.tagged("GETQUOTAROOT INBOX")
    imap.close()
    server.edit(Edit(limit, {"quota_mb": 1}, {"quota_mb": 5}))
    assert asked(server, whole(taro.name)) == ["250"]
    server.edit(Edit(limit, {"quota_mb": 5}, None))
    assert asked(server, whole(taro.name)) == ["250"]


def _passwords(server: MailServer, sql: str) -> list[tuple[str]]:
    with contextlib.closing(sqlite3.connect(str(server.home.passwords_db), timeout=5)) as database:
        return database.execute(sql).fetchall()


def test_switched_off_nobody_logs_in_with_the_systems_password(server: MailServer, taro: SystemUser) -> None:
    known(server, taro.name)
    assert logs_in(server, taro.name)
    server.install(server.settings())
    assert not logs_in(server, taro.name)

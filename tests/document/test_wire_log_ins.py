"""When somebody last logged in, as Dovecot writes it down on a real server; and that no session depends on it."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import time
from pathlib import Path

from tests.document.mail_server import ACCOUNT, PASSWORD, MailServer, until


def last(server: MailServer) -> int | None:
    with contextlib.closing(sqlite3.connect(str(server.home.usage_db))) as database:
        row = database.execute("SELECT at FROM log_ins WHERE username = ?", (ACCOUNT,)).fetchone()
    return int(row[0]) if row else None


def forget(server: MailServer) -> None:
    with contextlib.closing(sqlite3.connect(str(server.home.usage_db), timeout=5)) as database, database:
        database.execute("DELETE FROM log_ins")


def log_in(server: MailServer, password: str = PASSWORD) -> str:
    """By IMAP, to the end of the session."""
    imap = server.talk("imaps", secure=True)
    said = imap.tagged(f'LOGIN {ACCOUNT} "{password}"')
    if "a OK" in said:
        assert "a OK" in imap.tagged("SELECT INBOX")
        imap.tagged("LOGOUT")
    imap.close()
    return said


def test_a_log_in_by_imap_and_one_by_pop3_is_written_down(server: MailServer) -> None:
    started = int(time.time())
    assert "a OK" in log_in(server)
    until(lambda: last(server) is not None)
    assert started <= (last(server) or 0) <= int(time.time())
    forget(server)
    pop3 = server.talk("pop3s", secure=True)
    assert pop3.say(f"USER {ACCOUNT}").startswith("+OK")
    assert pop3.say(f"PASS {PASSWORD}").startswith("+OK")
    until(lambda: last(server) is not None)
    pop3.close()


def test_delivery_counting_and_a_wrong_password_are_no_log_in(server: MailServer) -> None:
    forget(server)
    before = (server.usage(ACCOUNT) or (0, 0))[1]
    server.send(ACCOUNT, "no log-in")
    until(lambda: (server.usage(ACCOUNT) or (0, 0))[1] == before + 1)
    subprocess.run(["doveadm", "-c", str(server.home.dovecot_conf), "quota", "get", "-u", ACCOUNT], check=True)
    assert "a NO" in log_in(server, "wrong")
    time.sleep(1.2)  # a write that waits has its second
    assert last(server) is None


def test_a_database_that_is_locked_or_gone_refuses_nobody(server: MailServer) -> None:
    path = Path(server.home.usage_db)
    with contextlib.closing(sqlite3.connect(str(path), isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        assert "a OK" in log_in(server)
        assert time.monotonic() - started < 10
        database.execute("ROLLBACK")
    with contextlib.closing(sqlite3.connect(str(path), isolation_level=None)) as database:
        database.execute("ALTER TABLE log_ins RENAME TO elsewhere")
        assert "a OK" in log_in(server)
        database.execute("ALTER TABLE elsewhere RENAME TO log_ins")
    away = path.with_name("away.db")
    path.rename(away)
    subprocess.run(
        ["doveadm", "-c", str(server.home.dovecot_conf), "reload"], check=True
    )  # no dict process has it open
    try:
        assert "a OK" in log_in(server)
    finally:
        path.unlink(missing_ok=True)
        away.rename(path)
    subprocess.run(["doveadm", "-c", str(server.home.dovecot_conf), "reload"], check=True)
    forget(server)
    assert "a OK" in log_in(server)
    until(lambda: last(server) is not None)

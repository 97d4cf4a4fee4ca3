"""What Dovecot writes down of a mailbox's usage, on a real server."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

from fumibako.schema.edit import Edit
from tests.document.mail_server import ACCOUNT, PASSWORD, MailServer, until

QUOTA = ("accounts", ACCOUNT, "quota_mb")


def imap_quota(server: MailServer) -> str:
    imap = server.talk("imaps", secure=True)
    assert "a OK" in imap.tagged(f'LOGIN {ACCOUNT} "{PASSWORD}"')
    said = imap.tagged("GETQUOTAROOT INBOX")
    imap.close()
    return said


def test_usage_follows_what_arrives_and_what_is_deleted(server: MailServer) -> None:
    before = (server.usage(ACCOUNT) or (0, 0))[1]
    server.send(ACCOUNT, "usage one", body="x" * 70 + "\r\n", times=300)
    until(lambda: (server.usage(ACCOUNT) or (0, 0))[1] == before + 1)
    size = (server.usage(ACCOUNT) or (0, 0))[0]
    assert size > 20_000
    assert f"(STORAGE {(size + 1023) // 1024} 10240)" in imap_quota(server)
    imap = server.talk("imaps", secure=True)
    imap.tagged(f'LOGIN {ACCOUNT} "{PASSWORD}"')
    imap.tagged("SELECT INBOX")
    imap.tagged("STORE 1:* +FLAGS \\Deleted")
    imap.tagged("EXPUNGE")
    imap.tagged("LOGOUT")
    until(lambda: server.usage(ACCOUNT) == (0, 0))


def test_each_change_gets_the_next_number(server: MailServer) -> None:
    def number() -> int:
        with sqlite3.connect(str(server.home.usage_db)) as database:
            return int(database.execute("SELECT max(seq) FROM usage").fetchone()[0] or 0)

    first = number()
    server.send(ACCOUNT, "usage two")
    until(lambda: number() > first)
    second = number()
    server.send(f"a+b@{ACCOUNT.partition('@')[2]}", "usage three")
    until(lambda: number() > second)


def test_what_was_accepted_is_stored_beyond_the_limit(server: MailServer) -> None:
    server.edit(Edit(QUOTA, 10, 1))
    messages = (server.usage(ACCOUNT) or (0, 0))[1]
    for nth in range(2):
        server.send(ACCOUNT, f"usage big {nth}", body="y" * 70 + "\r\n", times=10_000)
    until(lambda: (server.usage(ACCOUNT) or (0, 0))[1] == messages + 2)
    assert " 1024)" in imap_quota(server)
    imap = server.talk("imaps", secure=True)
    imap.tagged(f'LOGIN {ACCOUNT} "{PASSWORD}"')
    imap.connection.sendall(b"a APPEND INBOX {10}\r\n")
    assert "OVERQUOTA" in imap.line()
    server.edit(Edit(QUOTA, 1, 100))
    assert " 102400)" in imap_quota(server)


def test_the_mail_filter_may_read_usage_and_not_passwords(server: MailServer) -> None:
    def readable(path: object) -> bool:
        argv = ["setpriv", "--reuid=fumibako-filter", "--regid=fumibako-filter", "--init-groups"]
        return subprocess.run([*argv, "head", "-c1", str(path)], capture_output=True).returncode == 0

    assert readable(server.home.usage_db)
    assert not readable(server.home.passwords_db)
    assert Path(server.home.passwords_db).exists()
    log = server.dovecot_log()
    assert "Error" not in log, log

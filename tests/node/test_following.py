"""How full mailboxes are, heard by the console within seconds; and put right where Dovecot's word was lost."""

from __future__ import annotations

import imaplib
import smtplib
import sqlite3
import ssl
import time
from collections.abc import Callable

from fumibako.channel.applier import ApplierChannel
from fumibako.node.usage import Usage
from fumibako.schema.edit import Edit
from fumibako.wire.applier import Counted
from tests.node.station import ACCOUNT, Station

HANAKO, TARO = "hanako@example.jp", "taro@example.jp"


def eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def send(station: Station, recipient: str, octets: int = 100) -> None:
    with smtplib.SMTP("127.0.0.1", station.port("smtp"), local_hostname="client.example.net") as line:
        line.sendmail("a@example.net", [recipient], "Subject: usage\r\n\r\n" + ("x" * 70 + "\r\n") * (octets // 72))


def messages(station: Station, account: str) -> int:
    return station.console.usage.get(account, (0, 0))[1]


def test_the_console_hears_of_a_delivery_within_seconds(station: Station) -> None:
    before = messages(station, HANAKO)
    send(station, HANAKO, 50_000)
    assert eventually(lambda: messages(station, HANAKO) == before + 1, 5)
    assert station.console.usage[HANAKO][0] > 50_000


def test_a_console_that_was_away_hears_what_it_missed(station: Station) -> None:
    before = messages(station, TARO)
    station.console.away = True
    send(station, TARO)
    time.sleep(1.5)
    station.console.away = False
    assert eventually(lambda: messages(station, TARO) == before + 1)


def test_a_usage_database_that_was_lost_is_counted_anew(station: Station) -> None:
    assert eventually(lambda: messages(station, HANAKO) > 0)
    known = station.console.usage[HANAKO]
    usage = Usage(station.home)
    with sqlite3.connect(str(station.home.usage_db)) as database:
        database.execute("UPDATE usage SET bytes = 7, messages = 0 WHERE username = ?", (HANAKO,))
    assert eventually(lambda: station.console.usage[HANAKO] == (7, 0))
    counted = ApplierChannel(station.home.applier_socket).count_usage((HANAKO, "nobody@example.jp", "../x"))
    assert counted == (Counted(HANAKO, (known[0] + 1023) // 1024, known[1]),)
    assert usage.correct(counted, usage.numbers([HANAKO])) == 1
    assert eventually(lambda: station.console.usage[HANAKO] == ((known[0] + 1023) // 1024 * 1024, known[1]))
    assert usage.correct(counted, usage.numbers([HANAKO])) == 0


PASSWORD = "a password for hanako"


def log_in(station: Station) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with imaplib.IMAP4_SSL("127.0.0.1", station.port("imaps"), ssl_context=context) as line:
        line.login(HANAKO, PASSWORD)


def test_the_console_hears_of_a_log_in_and_of_none_by_an_apply(station: Station) -> None:
    assert station.console.log_ins == {}  # the station has come up, with a trial and probes
    station.console.apply(Edit(("accounts", HANAKO, "password_hash"), None, f"{{PLAIN}}{PASSWORD}"))
    log_in(station)
    assert eventually(lambda: HANAKO in station.console.log_ins)
    assert abs(station.console.log_ins[HANAKO] - time.time()) < 20


def test_a_log_in_before_an_account_was_removed_is_not_told_again(station: Station) -> None:
    log_in(station)
    assert eventually(lambda: Usage(station.home).changes("", 0).logged_in != ())
    station.console.apply(Edit(("accounts", HANAKO), {**ACCOUNT, "password_hash": f"{{PLAIN}}{PASSWORD}"}, None))
    assert eventually(lambda: Usage(station.home).changes("", 0).logged_in == ())
    station.console.apply(Edit(("accounts", HANAKO), None, ACCOUNT))


def test_what_dovecot_said_meanwhile_is_not_overwritten(station: Station) -> None:
    usage = Usage(station.home)
    assert eventually(lambda: messages(station, HANAKO) > 0)
    assert usage.correct([Counted(HANAKO, 1, 1)], {HANAKO: 0}) == 0


def test_an_account_that_comes_again_has_the_mail_it_had(station: Station) -> None:
    send(station, TARO)
    assert eventually(lambda: messages(station, TARO) > 0)
    station.console.apply(Edit(("accounts", TARO), ACCOUNT, None))
    station.console.usage.pop(TARO)
    station.console.apply(Edit(("accounts", TARO), None, ACCOUNT))
    assert eventually(lambda: messages(station, TARO) > 0)


def test_a_mailbox_is_counted_under_its_new_name_and_a_new_one_from_nothing(station: Station) -> None:
    held = messages(station, TARO) + 1
    send(station, TARO)
    assert eventually(lambda: messages(station, TARO) == held)
    moved = {**ACCOUNT, "mailbox": "example.jp/taro"}
    there = Edit(("accounts", "moved@example.jp"), None, moved)
    station.console.apply(there, Edit(("accounts", TARO), ACCOUNT, None))
    assert eventually(lambda: messages(station, "moved@example.jp") == held)
    fresh = Edit(("accounts", TARO), None, {**ACCOUNT, "mailbox": "example.jp/taro..2"})
    station.console.apply(fresh)
    assert eventually(lambda: messages(station, TARO) == 0)
    station.console.apply(fresh.inverse())
    station.console.apply(Edit(("accounts", TARO), None, {**ACCOUNT, "mailbox": "example.jp/taro"}), there.inverse())
    assert eventually(lambda: messages(station, TARO) == held)

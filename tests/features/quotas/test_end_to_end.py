"""Quotas from end to end: the public commands, the real servers, the mailbox."""

from __future__ import annotations

import imaplib
import smtplib
import ssl
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.homes import PASSWORD, TestedHome

DOMAIN = "quotas.example"
MBYTE = 1_048_576


@pytest.fixture(scope="module")
def home(running_home: TestedHome) -> TestedHome:
    for name in ("small", "large", "filling"):
        running_home.add_account(f"{name}@{DOMAIN}")
    return running_home


def eventually(true: Callable[[], object], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def limit(home: TestedHome, name: str, mbytes: int | str) -> None:
    answer = home.cli("quota", "set", str(mbytes), f"{name}@{DOMAIN}", "--json")
    assert answer.exit == 0, answer


def row(home: TestedHome, name: str) -> dict[str, Any]:
    answer = home.cli("quota", "list", "--search", f"{name}@{DOMAIN}", "--json")
    assert answer.exit == 0, answer
    found: dict[str, Any] = answer.json["quotas"][0]
    return found


def rcpt(home: TestedHome, recipient: str, size: int = 0) -> tuple[int, str]:
    with smtplib.SMTP("127.0.0.1", home.port("smtp"), local_hostname="client.example.net", timeout=20) as line:
        line.ehlo()
        assert line.mail("a@example.net", [f"size={size}"] if size else [])[0] == 250
        code, text = line.rcpt(recipient)
        return code, text.decode()


def send(home: TestedHome, recipient: str, octets: int = 1000, subject: str = "quota") -> None:
    body = f"Subject: {subject}\r\n\r\n" + ("x" * 70 + "\r\n") * (octets // 72)
    with smtplib.SMTP("127.0.0.1", home.port("smtp"), local_hostname="client.example.net", timeout=20) as line:
        line.helo()  # without ESMTP no size is announced
        line.sendmail("a@example.net", [recipient], body)


def imap(home: TestedHome, name: str) -> imaplib.IMAP4_SSL:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    line = imaplib.IMAP4_SSL("127.0.0.1", home.port("imaps"), ssl_context=context)
    line.login(f"{name}@{DOMAIN}", PASSWORD)
    return line


def quota_by_imap(home: TestedHome, name: str) -> tuple[int, int]:
    """Usage and limit in kilobytes."""
    with imap(home, name) as line:
        _, (_, (said,)) = line.getquotaroot("INBOX")
        words = bytes(said).decode().rpartition("(STORAGE ")[2].rstrip(")").split()
        return int(words[0]), int(words[1])


def messages(home: TestedHome, name: str) -> int:
    with imap(home, name) as line:
        return int(line.select("INBOX")[1][0] or 0)


def subjects(home: TestedHome, name: str) -> list[str]:
    with imap(home, name) as line:
        line.select("INBOX")
        _, found = line.search(None, "ALL")
        texts = [line.fetch(number, "(BODY[HEADER.FIELDS (SUBJECT)])")[1][0][1] for number in found[0].split()]  # type: ignore[index]
        return [bytes(text).decode() for text in texts]


def fill(home: TestedHome, name: str, mbytes: int = 1) -> None:
    """More than a limit of so many MBytes."""
    before = row(home, name)["usage_bytes"]
    send(home, f"{name}@{DOMAIN}", mbytes * MBYTE + 100_000)
    assert eventually(lambda: row(home, name)["usage_bytes"] > before), home.logs()


def test_a_full_mailbox_refuses_mail_in_the_session_and_a_raised_limit_counts_at_once(home: TestedHome) -> None:
    limit(home, "small", 1)
    assert rcpt(home, f"small@{DOMAIN}")[0] == 250
    refusal = f"5.2.2 <small@{DOMAIN}>: Recipient address rejected: Mailbox is full"
    assert rcpt(home, f"small@{DOMAIN}", 2 * MBYTE) == (552, refusal)
    # What was accepted is stored, though it is more than fits.
    fill(home, "small")
    assert any("quota" in subject for subject in subjects(home, "small"))
    code, text = rcpt(home, f"SMALL@{DOMAIN}")
    assert (code, text[:5]) == (552, "5.2.2")
    used, most = quota_by_imap(home, "small")
    assert most == 1024
    assert eventually(lambda: (row(home, "small")["usage_bytes"] + 1023) // 1024 == quota_by_imap(home, "small")[0])
    assert row(home, "small")["percent"] >= 100
    assert used >= 1024
    limit(home, "small", 10)
    assert rcpt(home, f"small@{DOMAIN}")[0] == 250
    assert quota_by_imap(home, "small")[1] == 10240
    limit(home, "small", "none")
    assert rcpt(home, f"small@{DOMAIN}", 9 * MBYTE)[0] == 250


def test_an_alias_is_refused_only_when_no_target_has_room(home: TestedHome) -> None:
    fill(home, "large")
    limit(home, "large", 1)
    limit(home, "small", 10)
    both = ("alias", "add", f"both@{DOMAIN}", f"large@{DOMAIN}", f"small@{DOMAIN}", "--json")
    assert home.cli(*both).exit == 0
    assert home.cli("alias", "add", f"one@{DOMAIN}", f"large@{DOMAIN}", "--json").exit == 0
    assert home.cli("alias", "add", f"far@{DOMAIN}", f"large@{DOMAIN}", "x@far.example", "--json").exit == 0
    assert rcpt(home, f"one@{DOMAIN}")[0] == 552
    assert rcpt(home, f"both@{DOMAIN}")[0] == 250
    assert rcpt(home, f"far@{DOMAIN}")[0] == 250
    time.sleep(2.5)  # the agent has heard that it is full
    before = messages(home, "large"), messages(home, "small")
    send(home, f"both@{DOMAIN}")
    assert eventually(lambda: messages(home, "small") == before[1] + 1), home.logs()
    assert messages(home, "large") == before[0]
    assert home.status()["queue"] == 0
    limit(home, "large", 20)
    time.sleep(2.5)
    send(home, f"both@{DOMAIN}")
    assert eventually(lambda: messages(home, "large") == before[0] + 1), home.logs()


def test_its_owner_is_warned_once_when_it_fills_up(home: TestedHome) -> None:
    limit(home, "filling", 1)
    assert home.cli("account", "set", f"filling@{DOMAIN}", "--language", "en").exit == 0
    send(home, f"filling@{DOMAIN}", 880_000)
    assert eventually(lambda: len(subjects(home, "filling")) == 2), home.logs()
    assert "?Your_mailbox_is_80=25_full?" in subjects(home, "filling")[1], "in English alone"
    send(home, f"filling@{DOMAIN}", 2_000, "after")
    assert eventually(lambda: len(subjects(home, "filling")) == 3)
    send(home, f"filling@{DOMAIN}", 130_000, "much")
    assert eventually(lambda: len(subjects(home, "filling")) == 5)
    time.sleep(2.5)
    assert len(subjects(home, "filling")) == 5

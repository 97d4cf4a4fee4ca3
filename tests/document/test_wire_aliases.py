"""Aliases on the wire: what the look-ups say is what Postfix does with a message."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from fumibako.schema.edit import Edit
from tests.document.mail_server import ACCOUNT, DOMAIN, STRANGER, MailServer, until


def lead(server: MailServer, name: str, *targets: str) -> None:
    server.edit(Edit(("aliases", whole(name)), None, {"targets": [whole(each) for each in targets]}))


def forget(server: MailServer, name: str) -> None:
    server.edit(Edit(("aliases", whole(name)), {}, None))


def whole(name: str) -> str:
    return name if "@" in name else f"{name}@{DOMAIN}"


def subjects(server: MailServer, account: str) -> list[str]:
    """The subjects of an account's messages, as Dovecot has them."""
    argv = ["doveadm", "-c", str(server.home.dovecot_conf), "fetch", "-u", whole(account), "hdr.subject", "all"]
    said = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False).stdout
    return [line.partition(": ")[2] for line in said.splitlines() if line.startswith("hdr.subject")]


def arrives(server: MailServer, subject: str, *accounts: str) -> None:
    until(lambda: all(subject in subjects(server, each) for each in accounts), 30)


def asked(server: MailServer, *recipients: str) -> list[str]:
    """What a stranger is told of these recipients."""
    talk = server.ask("smtp")
    for line in ("EHLO x.test", STRANGER, "EHLO stranger.test", "MAIL FROM:<a@stranger.test>"):
        assert talk.say(line).startswith("2")
    replies = [talk.say(f"RCPT TO:<{recipient}>")[:3] for recipient in recipients]
    talk.close()
    return replies


def test_an_alias_is_live_at_once_and_leads_to_each_target_once(server: MailServer) -> None:
    assert asked(server, whole("info")) == ["550"]
    lead(server, "info", "hanako", "taro", "staff")
    lead(server, "staff", "hanako", "a+b")
    assert asked(server, whole("info"), whole("INFO"), "info%x@far.test") == ["250", "250", "554"]
    server.send(whole("Info"), "to the info desk")
    arrives(server, "to the info desk", "hanako", "taro", "a+b")
    assert subjects(server, "hanako").count("to the info desk") == 1
    forget(server, "info")
    assert asked(server, whole("info")) == ["550"]


def test_an_account_keeps_a_copy_where_its_alias_says_so(server: MailServer) -> None:
    lead(server, "hanako", "hanako", "taro")
    server.send(ACCOUNT, "a copy is kept")
    arrives(server, "a copy is kept", "hanako", "taro")
    lead(server, "hanako", "taro")
    server.send(ACCOUNT, "no copy is kept")
    arrives(server, "no copy is kept", "taro")
    assert "no copy is kept" not in subjects(server, "hanako")
    forget(server, "hanako")


def test_a_catch_all_takes_what_nobody_has_and_no_more(server: MailServer) -> None:
    lead(server, f"@{DOMAIN}", "hanako")
    lead(server, "exact", "a+b")
    assert asked(server, whole("anybody"), "x@far.test") == ["250", "554"]
    for name, subject in (("anybody", "caught"), ("taro", "for taro"), ("exact", "for the exact one")):
        server.send(whole(name), subject)
    arrives(server, "caught", "hanako")
    # An account that is switched off keeps its mail, too.
    arrives(server, "for taro", "taro")
    arrives(server, "for the exact one", "a+b")
    assert not {"for taro", "for the exact one"} & set(subjects(server, "hanako"))
    forget(server, f"@{DOMAIN}")
    forget(server, "exact")
    assert asked(server, whole("anybody")) == ["550"]


def test_a_hostile_name_finds_nothing(server: MailServer) -> None:
    for name in ("x'OR'1'='1", '"x\' OR 1=1"', "x%%s", "*", "%"):
        assert asked(server, f"{name}@{DOMAIN}")[0].startswith("5")


def test_ten_thousand_targets_are_one_message_each(server: MailServer) -> None:
    addresses = [f"u{number}@{DOMAIN}" for number in range(10_000)]
    row = {"name": "", "password_hash": None, "quota_mb": None, "enabled": True}
    server.edit(*(Edit(("accounts", each), None, row) for each in addresses))
    lead(server, "all", *addresses)
    lead(server, "everybody", "all")
    assert asked(server, whole("everybody")) == ["250"]
    assert recipients_queued(server, whole("everybody")) == 10_000
    forget(server, "all")


def recipients_queued(server: MailServer, recipient: str) -> int:
    """How many addresses a message becomes; it is taken out of the queue before it is delivered."""
    postfix = str(server.home.postfix)
    log = Path(server.home.postfix_log)
    begin = log.stat().st_size
    server.send(recipient, "to everybody")

    def counted() -> Sequence[int]:
        with log.open() as file:
            file.seek(begin)
            lines = [line for line in file if "nrcpt=" in line and "<a@b.test>" in line]
        return [int(line.partition("nrcpt=")[2].split()[0]) for line in lines]

    until(lambda: bool(counted()), 60)
    queue = subprocess.run(["postqueue", "-c", postfix, "-p"], capture_output=True, text=True, check=False).stdout
    for line in queue.splitlines():
        if line[:1].isalnum() and "a@b.test" in line:
            subprocess.run(["postsuper", "-c", postfix, "-d", line.split()[0].rstrip("*!")], check=True)
    return counted()[-1]

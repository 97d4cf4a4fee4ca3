"""Mail that an alias sends to another server: whose sender it has there, what comes back, and what stays as it was."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fumibako.schema.edit import Edit
from tests.document.conversation import Scanner
from tests.document.mail_server import DOMAIN, MailServer, scratch, until
from tests.document.test_wire_aliases import arrives, asked, lead, subjects, whole


@pytest.fixture(scope="module")
def far() -> Iterator[Scanner]:
    """The server of far.test, back.test and third.test."""
    sink = Scanner("::1")
    yield sink
    sink.close()


@pytest.fixture(scope="module")
def server(far: Scanner) -> Iterator[MailServer]:
    with scratch() as made:
        for domain in ("far.test", "back.test", "third.test"):
            route = {"host": "::1", "port": far.port, "username": None, "tls": "none"}
            made.edit(Edit(("relay", "domains", domain), None, route))
        yield made


def send(server: MailServer, sender: str, recipient: str, subject: str, *, source: str = "127.0.0.1") -> None:
    talk = server.talk("smtp", source=source)
    for line in (
        "EHLO x.test",
        f"MAIL FROM:<{sender}>",
        f"RCPT TO:<{recipient}>",
        "DATA",
        f"Subject: {subject}\r\n\r\nbody\r\n.",
    ):
        reply = talk.say(line)
        assert reply.startswith(("2", "3")), reply
    talk.close()


def taken(far: Scanner, subject: str) -> tuple[str, str]:
    """Sender and recipient of the message with the subject, as the other server was told them."""
    until(lambda: any(f"Subject: {subject}" in message for message in far.messages), 30)
    number = next(index for index, message in enumerate(far.messages) if f"Subject: {subject}" in message)
    senders = [line for line in far.commands if line.upper().startswith("MAIL FROM:")]
    recipients = [line for line in far.commands if line.upper().startswith("RCPT TO:")]
    return inside(senders[number]), inside(recipients[number])


def inside(line: str) -> str:
    found = re.search(r"<([^>]*)>", line)
    assert found
    return found[1]


def test_a_foreign_sender_becomes_one_of_ours_and_a_copy_here_keeps_it(server: MailServer, far: Scanner) -> None:
    lead(server, "both", "hanako", "Partner.One@far.test")
    send(server, "Taro@back.test", whole("both"), "to both")
    sender, recipient = taken(far, "to both")
    assert recipient == "Partner.One@far.test"
    assert re.fullmatch(rf"SRS0=\w{{8}}=\w\w=back\.test=Taro@{re.escape(DOMAIN)}", sender)
    arrives(server, "to both", "hanako")
    argv = [
        "doveadm",
        "-c",
        str(server.home.dovecot_conf),
        "fetch",
        "-u",
        whole("hanako"),
        "hdr.return-path",
        "header",
        "subject",
        "to both",
    ]
    said = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True).stdout
    assert "Return-Path: <Taro@back.test>" in said or "hdr.return-path: <Taro@back.test>" in said


def test_a_bounce_to_it_finds_its_way_back(server: MailServer, far: Scanner) -> None:
    lead(server, "out", "x@far.test")
    send(server, "jiro@back.test", whole("out"), "there and back")
    sender, _ = taken(far, "there and back")
    for spelled, subject in (
        (sender, "came back"),
        (sender.lower(), "came back small"),
        (sender.upper(), "came back big"),
    ):
        assert asked(server, spelled) == ["250"]
        send(server, "", spelled, subject)
        back, recipient = taken(far, subject)
        assert (back, recipient.lower()) == ("", "jiro@back.test")


def test_a_return_address_that_we_did_not_make_is_refused(server: MailServer, far: Scanner) -> None:
    lead(server, "out", "x@far.test")
    send(server, "saburo@back.test", whole("out"), "to be forged")
    sender, _ = taken(far, "to be forged")
    forged = sender.replace("saburo", "victim")
    for recipient in (forged, f"SRS0=x=y=third.test=victim@{DOMAIN}", f"SRS0=@{DOMAIN}", f"srs1=a=b==c@{DOMAIN}"):
        assert asked(server, recipient) == ["550"], recipient
    # A catch-all does not take them either.
    lead(server, f"@{DOMAIN}", "hanako")
    assert asked(server, forged, sender, whole("anybody")) == ["550", "250", "250"]
    server.edit(Edit(("aliases", f"@{DOMAIN}"), {}, None))
    # Our own machine is not asked for less.
    talk = server.talk("smtp")
    for line in ("EHLO x.test", "MAIL FROM:<>"):
        talk.say(line)
    assert talk.say(f"RCPT TO:<{forged}>").startswith("550 5.1.1")


def test_outsiders_cannot_send_to_the_marks(server: MailServer) -> None:
    assert asked(server, "x=far.test@forward.invalid", "srs0=a=b=c=d=e.test@return.invalid") == ["554", "554"]


def test_a_forged_mark_from_this_machine_goes_nowhere(server: MailServer, far: Scanner) -> None:
    before = len(far.messages)
    server.send(f"srs0=aaaaaaaa=aa=third.test=victim={DOMAIN}@return.invalid", "forged mark")
    until(lambda: "This return address is not valid" in server.log(), 30)
    assert not any("forged mark" in message and "victim" in message for message in far.messages[before:])


def test_hosted_senders_and_bounces_stay_as_they_are(server: MailServer, far: Scanner) -> None:
    lead(server, "out", "x@far.test")
    send(server, whole("hanako"), whole("out"), "from one of ours")
    assert taken(far, "from one of ours")[0] == whole("hanako")
    send(server, "", whole("out"), "a bounce that is forwarded")
    assert taken(far, "a bounce that is forwarded")[0] == ""


def test_what_a_permitted_client_sends_elsewhere_is_not_forwarded_mail(server: MailServer, far: Scanner) -> None:
    send(server, "someone@third.test", "x@far.test", "own mail")
    assert taken(far, "own mail") == ("someone@third.test", "x@far.test")


def test_a_sender_that_was_rewritten_elsewhere_is_rewritten_again(server: MailServer, far: Scanner) -> None:
    lead(server, "out", "x@far.test")
    send(server, "SRS0=abcd=xy=back.test=taro@third.test", whole("out"), "twice forwarded")
    sender, _ = taken(far, "twice forwarded")
    assert re.fullmatch(rf"SRS1=\w{{8}}=third\.test==abcd=xy=back\.test=taro@{re.escape(DOMAIN)}", sender)
    send(server, "", sender, "twice back")
    assert taken(far, "twice back")[1].lower() == "srs0=abcd=xy=back.test=taro@third.test"


def test_a_domain_that_comes_here_is_no_longer_forwarded_to(server: MailServer) -> None:
    lead(server, "moved", "hanako@later.test")
    row = {"name": "", "password_hash": None, "quota_mb": None, "enabled": True}
    server.edit(Edit(("domains", "later.test"), None, {}), Edit(("accounts", "hanako@later.test"), None, row))
    server.send(whole("moved"), "to the new domain")
    until(lambda: "to=<hanako@later.test>" in server.log(), 30)
    assert "hanako=later.test@forward.invalid" not in server.log()


def test_while_nobody_can_rewrite_it_forwarded_mail_waits(server: MailServer, far: Scanner) -> None:
    lead(server, "out", "x@far.test")
    socket = Path(server.home.srs_socket)
    server.stop_filter()
    server.start_filter()
    socket.rename(socket.with_suffix(".off"))
    send(server, "shiro@back.test", whole("out"), "while it is away")
    until(lambda: bool(re.search(r"to=<x=far.test@forward.invalid>.*status=deferred", server.log())), 30)
    socket.with_suffix(".off").rename(socket)
    subprocess.run(["postqueue", "-c", str(server.home.postfix), "-f"], check=True)
    assert taken(far, "while it is away")[0].startswith("SRS0=")


def forwards(server: MailServer, *, keep: bool, on: bool = True) -> None:
    row = {"forward": ["owner@far.test", f"taro@{DOMAIN}"], "keep_copy": keep, "enabled": on}
    server.edit(Edit(("accounts", f"away@{DOMAIN}"), None, {"password_hash": None, "quota_mb": None, **row}))


def test_an_account_forwards_with_a_copy_and_without(server: MailServer, far: Scanner) -> None:
    forwards(server, keep=True)
    send(server, "someone@foreign.test", f"away@{DOMAIN}", "away-with-copy")
    sender, recipient = taken(far, "away-with-copy")
    assert recipient == "owner@far.test"
    assert sender.lower().startswith("srs0=")
    arrives(server, "away-with-copy", "taro", "away")
    server.edit(Edit(("accounts", f"away@{DOMAIN}", "keep_copy"), True, False))
    send(server, "someone@foreign.test", f"away@{DOMAIN}", "away-without")
    taken(far, "away-without")
    arrives(server, "away-without", "taro")
    until(lambda: f"to=<taro@{DOMAIN}>, orig_to=<away@{DOMAIN}>" in server.log())
    assert "away-without" not in subjects(server, "away")


def test_an_account_that_is_switched_off_forwards_nothing(server: MailServer) -> None:
    forwards(server, keep=False, on=False)
    send(server, "someone@foreign.test", f"away@{DOMAIN}", "switched-off")
    arrives(server, "switched-off", "away")

"""Sender authentication as the wire has it: a real Postfix, the mail filter and a name server of our own."""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Parsed
from email.parser import BytesParser
from pathlib import Path

import dkim as dkimpy  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fumibako.channel.mail_filter import ask_filter
from fumibako.features.delivery.script import script
from fumibako.features.delivery.vacation import Vacation
from fumibako.mailauth.domainkeys.sign import key_record
from fumibako.mailauth.privatekey import SigningKey
from fumibako.mailauth.sealedkey import seal
from fumibako.schema.edit import Edit
from fumibako.schema.place import planted
from tests.document.conversation import Conversation
from tests.document.mail_server import ACCOUNT, DOMAIN, HOSTNAME, MailServer, password_hash, plain, scratch, until
from tests.mailauth.peers import MailDkim
from tests.mailfilter.name_server import NameServer, txt

SIGNED = {"dkim": {"enabled": True, "rsa": "r", "ed25519": "e"}, "domainkeys": {"enabled": True, "selector": "d"}}
OUTSIDER = "XCLIENT ADDR=198.51.100.9 NAME=mx.sender.test HELO=mx.sender.test"


@dataclass
class Authenticated:
    """A server whose domain signs, and the name server that publishes its keys and others' records."""

    server: MailServer
    names: NameServer

    def install(self, **switches: object) -> None:
        """Settings with switches of the chapter by their path, `__` for a dot."""
        tree = self.server.settings(services__smtp__behind_scanner=True)
        tree = planted(tree, ("authentication", "signing"), {DOMAIN: SIGNED})
        tree = planted(tree, ("dns", "resolvers"), [self.names.address])
        for path, value in switches.items():
            tree = planted(tree, ("authentication", *path.split("__")), value)
        self.server.install(tree)

    def outsider(self) -> Conversation:
        talk = self.server.talk("smtp")
        assert talk.say("EHLO scanner.test").startswith("250")
        assert talk.say(OUTSIDER).startswith("220")
        assert talk.say("EHLO mx.sender.test").startswith("250")
        return talk

    def hanako(self) -> Conversation:
        talk = self.server.talk("smtps", secure=True)
        talk.say("EHLO client.test")
        assert talk.say(f"AUTH PLAIN {plain(ACCOUNT)}").startswith("235")
        return talk

    def fetched(self, mark: str, folder: str = "INBOX") -> bytes:
        """The delivered message with this Message-ID, as it lies in the mailbox."""
        argv = ["doveadm", "-c", str(self.server.home.dovecot_conf), "fetch", "-u", ACCOUNT, "text"]
        argv += ["mailbox", folder, "header", "message-id", f"<{mark}@x.test>"]
        found = b""
        deadline = time.monotonic() + 20
        while not found and time.monotonic() < deadline:
            found = subprocess.run(argv, capture_output=True).stdout
            time.sleep(0.1)
        assert found, self.server.log()[-3000:] + self.log()[-2000:]
        text = found.removeprefix(b"text:\n").removesuffix(b"\x0c\n")
        return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    def dns(self, name: bytes, timeout: int = 5) -> bytes:
        """The text that is published under a name, as dkimpy asks for it."""
        [(_, text)] = self.names.records[name.decode().rstrip(".")]
        return "".join(each.strip('"') for each in text.split('" "')).encode()

    def noted(self, domain: str, what: str) -> dict[str, object]:
        """What the filter has noted last; workers write it down every few seconds."""

        def told() -> dict[str, dict[str, object]]:
            answer = ask_filter(self.server.home, "domain-notes", {"domain": domain}, patience=5) or ""
            return dict(json.loads(answer.removeprefix("DUNNO") or "{}"))

        until(lambda: what in told())
        return told()[what]

    def log(self) -> str:
        return (self.server.root / "filter.log").read_text()


def send(talk: Conversation, mark: str, *, sender: str, author: str, header: str = "", to: str = ACCOUNT) -> str:
    """Send a message; the reply to its end, or the first refusal."""
    text = (
        f"{header}From: {author}\r\nTo: {to}\r\nSubject: {mark}\r\nMessage-ID: <{mark}@x.test>\r\n"
        f"Date: Tue, 24 Nov 2026 08:00:00 +0000\r\n\r\nHello {mark}\r\n.leading dot\r\n\r\n"
    )
    for line in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{to}>", "DATA"):
        reply = talk.say(line)
        if not reply.startswith(("2", "3")):
            return reply
    return talk.say(text.replace("\r\n.", "\r\n..") + ".")


def parsed(octets: bytes) -> Parsed:
    return BytesParser().parsebytes(octets)


def results(message: Parsed) -> str:
    return " ".join(str(message["Authentication-Results"]).split())


def key_row(server: MailServer, selector: str, kind: str, key: object) -> None:
    public = base64.b64decode(Path(server.home.sealing_key).read_bytes())
    content = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[attr-defined]
    sealed = seal(public, f"{DOMAIN}/{selector}", content, X25519PrivateKey.generate())
    use = "domainkeys" if selector == "d" else "dkim"
    server.look_up(
        "INSERT INTO signing_keys (domain, selector, use, kind, sealed) VALUES (?, ?, ?, ?, ?)",
        *(DOMAIN, selector, use, kind, sealed),
    )


@pytest.fixture(scope="module")
def mail() -> Iterator[Authenticated]:
    rsa, old, edwards = (
        generate_private_key(65537, 2048),
        generate_private_key(65537, 1024),
        Ed25519PrivateKey.generate(),
    )
    names = NameServer(
        {
            f"r._domainkey.{DOMAIN}": [txt(SigningKey.of(rsa).dkim_record)],
            f"e._domainkey.{DOMAIN}": [txt(SigningKey.of(edwards).dkim_record)],
            f"d._domainkey.{DOMAIN}": [txt(key_record(SigningKey.of(old), testing=True))],
            "good.test": [txt("v=spf1 ip4:198.51.100.0/24 -all")],
            "bad.test": [txt("v=spf1 -all")],
            "_dmarc.bad.test": [txt("v=DMARC1; p=reject")],
            "junk.test": [txt("v=spf1 -all")],
            "_dmarc.junk.test": [txt("v=DMARC1; p=quarantine")],
        }
    )
    with scratch(("127.0.0.1",)) as server:
        server.edit(
            Edit(("authentication", "signing", DOMAIN), None, SIGNED),
            Edit(("aliases", f"info@{DOMAIN}"), None, {"targets": [ACCOUNT]}),
        )
        for selector, kind, key in (("r", "rsa", rsa), ("e", "ed25519", edwards), ("d", "rsa", old)):
            key_row(server, selector, kind, key)
        mail = Authenticated(server, names)
        mail.install()
        yield mail
    names.close()


def test_own_mail_is_signed_and_verifies_after_it_was_delivered(mail: Authenticated) -> None:
    assert send(mail.hanako(), "own", sender=ACCOUNT, author=f"Hanako <{ACCOUNT}>").startswith("250")
    octets = mail.fetched("own")
    message = parsed(octets)
    algorithms = [" ".join(each.split()) for each in message.get_all("DKIM-Signature", [])]
    assert ["a=ed25519-sha256" in each for each in algorithms] == [True, False]
    assert "a=rsa-sha256" in algorithms[1]
    assert message["DomainKey-Signature"] is not None
    assert message["Authentication-Results"] is None
    zone = {
        name: "".join(each.strip('"') for each in found[0][1].split('" "'))
        for name, found in mail.names.records.items()
    }
    verifier = dkimpy.DKIM(octets, minkey=1024)
    texts = {f"{name}.".encode(): text.encode() for name, text in zone.items()}
    for index in (0, 1):
        assert verifier.verify(idx=index, dnsfunc=lambda name, timeout=5: texts.get(name))
    peer = MailDkim()
    found = peer.verdicts(octets, zone)
    peer.close()
    # Debian 12's knows no Ed25519.
    assert found[1:] == [("rsa-sha1", "pass"), ("rsa-sha256", "pass")]


def test_mail_from_outside_is_marked_and_forged_marks_go(mail: Authenticated) -> None:
    forged = (
        f"Authentication-Results: {HOSTNAME}; dkim=pass header.d=bank.test\r\n"
        f"Authentication-Results:\r\n ({HOSTNAME}) {HOSTNAME.upper()} 1;\r\n spf=pass\r\n"
        "Authentication-Results: relay.elsewhere.test; spf=pass\r\n"
        f"Received-SPF: pass (forged) receiver={HOSTNAME}\r\n"
        "DomainKey-Status: good\r\nX-Fumibako-Quarantine: no\r\n"
    )
    assert send(mail.outsider(), "marked", sender="a@good.test", author="a@good.test", header=forged).startswith("250")
    message = parsed(mail.fetched("marked"))
    told = [str(each) for each in message.get_all("Authentication-Results", [])]
    assert [each.split(";")[0].strip() for each in told] == [HOSTNAME, "relay.elsewhere.test"]
    assert "spf=pass" in results(message)
    assert "dkim=none" in results(message)
    assert "dmarc=none" in results(message)
    assert "arc=none" in results(message)
    assert "bank.test" not in results(message)
    assert len(message.get_all("Received-SPF", [])) == 1
    assert str(message["Received-SPF"]).strip().startswith("pass")
    assert str(message["DomainKey-Status"]).strip().startswith("no signature")
    assert message["DKIM-Signature"] is None
    assert message["X-Fumibako-Quarantine"] is None


def test_a_signature_of_our_own_verifies_when_it_comes_back(mail: Authenticated) -> None:
    send(mail.hanako(), "round", sender=ACCOUNT, author=ACCOUNT)
    octets = mail.fetched("round")
    text = octets[octets.index(b"DKIM-Signature") :].replace(b"<round@", b"<round@")
    talk = mail.outsider()
    for line in ("MAIL FROM:<a@good.test>", f"RCPT TO:<taro@{DOMAIN}>", "DATA"):
        assert talk.say(line)[0] in "23"
    assert talk.say(text.decode().replace("\r\n.", "\r\n..") + ".").startswith("250")
    until(lambda: "dkim=pass dkim=pass dmarc=" in mail.log())


@pytest.mark.parametrize("named", [True, False], ids=["a domain that is named", "a domain of which nothing is said"])
def test_what_is_forwarded_elsewhere_is_sealed(mail: Authenticated, named: bool) -> None:
    signing = Edit(("authentication", "signing", DOMAIN), SIGNED, None)
    away, mark = f"away@{DOMAIN}", f"away-{named}"
    forward = Edit(("aliases", away), None, {"targets": [ACCOUNT, "x@elsewhere.test"]})
    for edit in (forward, *(() if named else (signing,))):
        mail.server.edit(edit)
    try:
        assert send(mail.outsider(), mark, sender="a@good.test", author="a@good.test", to=away).startswith("250")
        octets = mail.fetched(mark)
        message = parsed(octets)
        for name in ("ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"):
            assert len(message.get_all(name, [])) == 1, name
        assert "spf=pass" in str(message["ARC-Authentication-Results"])
        cv, _, reason = dkimpy.arc_verify(octets[octets.index(b"ARC-Seal") :], dnsfunc=mail.dns)
        assert cv == dkimpy.CV_Pass, reason
        # What stays here is not sealed.
        assert send(mail.outsider(), f"{mark}-in", sender="a@good.test", author="a@good.test").startswith("250")
        assert parsed(mail.fetched(f"{mark}-in"))["ARC-Seal"] is None
    finally:
        for edit in (forward, *(() if named else (signing,))):
            mail.server.edit(edit.inverse())


def test_a_log_in_sends_as_its_own_addresses_only(mail: Authenticated) -> None:
    talk = mail.hanako()
    assert send(talk, "stolen", sender=f"taro@{DOMAIN}", author=ACCOUNT).startswith("553 5.7.1")
    talk.say("RSET")
    assert send(talk, "alias", sender=f"info@{DOMAIN}", author=f"info@{DOMAIN}").startswith("250")
    assert parsed(mail.fetched("alias"))["DKIM-Signature"] is not None
    # The author is of a domain that the log-in may not use: nothing is signed for it.
    assert send(talk, "foreign", sender=ACCOUNT, author="x@good.test").startswith("250")
    assert parsed(mail.fetched("foreign"))["DKIM-Signature"] is None


def test_a_permitted_client_is_signed_for_and_never_checked(mail: Authenticated) -> None:
    mail.server.edit(Edit(("access", "permitted_clients", "198.51.100.9"), None, True))
    assert send(mail.outsider(), "permitted", sender="a@bad.test", author=ACCOUNT).startswith("250")
    message = parsed(mail.fetched("permitted"))
    assert message["DKIM-Signature"] is not None
    assert message["Authentication-Results"] is None
    mail.server.edit(Edit(("access", "permitted_clients", "198.51.100.9"), True, None))


def test_what_fails_is_only_marked_unless_one_wants_more(mail: Authenticated) -> None:
    assert send(mail.outsider(), "fails", sender="a@bad.test", author="a@bad.test").startswith("250")
    message = parsed(mail.fetched("fails"))
    assert "spf=fail" in results(message)
    assert "dmarc=fail (p=reject" in results(message)
    mail.install(spf__reject_fail=True)
    reply = send(mail.outsider(), "spf", sender="a@bad.test", author="a@good.test")
    assert reply.startswith("550 5.7.23 SPF: bad.test: 198.51.100.9 matches -all")
    mail.install(dmarc__enforce=True)
    reply = send(mail.outsider(), "dmarc", sender="a@good.test", author="a@bad.test")
    assert reply.startswith("550 5.7.1 DMARC policy of bad.test: ")
    assert send(mail.outsider(), "junk", sender="a@good.test", author="a@junk.test").startswith("250")
    assert "dmarc=fail" in str(parsed(mail.fetched("junk", "Junk"))["X-Fumibako-Quarantine"])
    mail.install()


def notices(mail: Authenticated, subject: str) -> list[bytes]:
    """What has come to hanako from nobody and quotes a message or answers it."""
    argv = ["doveadm", "-c", str(mail.server.home.dovecot_conf), "fetch", "-u", ACCOUNT, "text"]
    found = subprocess.run([*argv, "mailbox", "INBOX", "text", subject], capture_output=True).stdout
    texts = [text.replace(b"\r\n", b"\n") for text in (b"\n" + found).split(b"\ntext:\n")[1:]]
    return [
        text.replace(b"\x0c\n", b"").removesuffix(b"\x0c").replace(b"\n", b"\r\n") for text in texts if _automatic(text)
    ]


def _automatic(text: bytes) -> bool:
    return (parsed(text)["Auto-Submitted"] or "").startswith("auto-")


def bounced(mail: Authenticated, mark: str) -> bytes:
    """The bounce of a message to an alias that leads to nobody."""
    assert send(mail.hanako(), mark, sender=ACCOUNT, author=ACCOUNT, to=f"lost@{DOMAIN}").startswith("250")
    until(lambda: len(notices(mail, mark)) == 1)
    return notices(mail, mark)[0]


@pytest.fixture
def lost(mail: Authenticated) -> Iterator[None]:
    alias = Edit(("aliases", f"lost@{DOMAIN}"), None, {"targets": [f"nobody-at-all@{DOMAIN}"]})
    mail.server.edit(alias)
    yield
    mail.server.edit(alias.inverse())


def verifies(mail: Authenticated, octets: bytes) -> bool:
    return bool(dkimpy.verify(octets[octets.index(b"DKIM-Signature") :], dnsfunc=mail.dns, minkey=1024))


def test_a_bounce_is_signed_by_the_domain_that_it_comes_from(mail: Authenticated, lost: None) -> None:
    octets = bounced(mail, "bounced")
    assert f"MAILER-DAEMON@{DOMAIN}" in str(parsed(octets)["From"])
    assert verifies(mail, octets), octets.decode()
    # Postfix may speak as the host, which is no domain of mail here: the one above signs.
    mail.server.install(planted(mail.server.tree, ("basics", "primary_domain"), HOSTNAME))
    octets = bounced(mail, "bounced-by-host")
    mail.install()
    assert f"MAILER-DAEMON@{HOSTNAME}" in str(parsed(octets)["From"])
    assert f"d={DOMAIN};" in str(parsed(octets)["DKIM-Signature"])
    assert verifies(mail, octets)


def test_a_bounce_that_somebody_else_made_is_not_signed(mail: Authenticated) -> None:
    for author in (f"MAILER-DAEMON@{DOMAIN}", f"MAILER-DAEMON@{HOSTNAME}"):
        mark = f"forged-{author.partition('@')[2]}"
        assert send(mail.outsider(), mark, sender="", author=author).startswith("250")
        message = parsed(mail.fetched(mark))
        assert message["DKIM-Signature"] is None
        assert message["Authentication-Results"] is not None
    mail.server.edit(Edit(("access", "permitted_clients", "198.51.100.9"), None, True))
    assert send(mail.outsider(), "lent", sender="", author=f"MAILER-DAEMON@{HOSTNAME}").startswith("250")
    mail.server.edit(Edit(("access", "permitted_clients", "198.51.100.9"), True, None))
    assert parsed(mail.fetched("lent"))["DKIM-Signature"] is None


def test_a_bounce_goes_out_unsigned_rather_than_never(mail: Authenticated, lost: None) -> None:
    held = planted(mail.server.tree, ("basics", "local_overrides"), {"defer_transports": "lmtp"})
    mail.server.install(held)
    assert send(mail.hanako(), "kept", sender=ACCOUNT, author=ACCOUNT, to=f"lost@{DOMAIN}").startswith("250")
    row = mail.server.look_up("SELECT sealed FROM signing_keys WHERE selector = 'r'")[0][0]
    mail.server.look_up("UPDATE signing_keys SET sealed = '1.AAAA' WHERE selector = 'r'")
    mail.install()
    flush(mail)
    until(lambda: len(notices(mail, "kept")) == 1)
    mail.server.look_up("UPDATE signing_keys SET sealed = ? WHERE selector = 'r'", row)
    assert parsed(notices(mail, "kept")[0])["DKIM-Signature"] is None


def test_a_bounce_waits_for_a_filter_that_is_away(mail: Authenticated, lost: None) -> None:
    mail.server.install(planted(mail.server.tree, ("basics", "local_overrides"), {"defer_transports": "lmtp"}))
    assert send(mail.hanako(), "patient", sender=ACCOUNT, author=ACCOUNT, to=f"lost@{DOMAIN}").startswith("250")
    mail.server.stop_filter()
    before = len(mail.server.log())
    mail.install()
    flush(mail)
    until(lambda: "status=deferred (bounce failed)" in mail.server.log()[before:])
    assert notices(mail, "patient") == []
    mail.server.start_filter()
    flush(mail)
    until(lambda: len(notices(mail, "patient")) == 1)
    assert verifies(mail, notices(mail, "patient")[0])


def flush(mail: Authenticated) -> None:
    subprocess.run(["postqueue", "-c", str(mail.server.home.postfix), "-f"], check=True)


def test_an_automatic_reply_is_signed(mail: Authenticated) -> None:
    away = f"saburo@{DOMAIN}"
    mail.server.edit(Edit(("accounts", away), None, {"password_hash": password_hash(), "quota_mb": None}))
    answer = script(away, Vacation(subject="Away", text="I am away.", addresses=()))
    with contextlib.closing(sqlite3.connect(str(mail.server.home.passwords_db), timeout=5)) as database, database:
        database.execute("INSERT INTO scripts (address, id, script) VALUES (?, '1', ?)", (away, answer))
    assert send(mail.hanako(), "answered", sender=ACCOUNT, author=ACCOUNT, to=away).startswith("250")
    until(lambda: len(notices(mail, "I am away")) == 1)
    octets = notices(mail, "I am away")[0]
    assert away in str(parsed(octets)["From"])
    assert verifies(mail, octets)


def test_dns_that_does_not_answer_is_temporary_and_mail_comes(mail: Authenticated) -> None:
    mail.names.silent.add("silent.test")
    begun = time.monotonic()
    assert send(mail.outsider(), "slow", sender="a@silent.test", author="a@good.test").startswith("250")
    assert time.monotonic() - begun < 20
    assert "spf=temperror" in results(parsed(mail.fetched("slow")))


def test_a_key_that_cannot_be_opened_defers_instead_of_sending_unsigned(mail: Authenticated) -> None:
    row = mail.server.look_up("SELECT sealed FROM signing_keys WHERE selector = 'r'")[0][0]
    mail.server.look_up("UPDATE signing_keys SET sealed = '1.AAAA' WHERE selector = 'r'")
    assert send(mail.hanako(), "unopened", sender=ACCOUNT, author=ACCOUNT).startswith("451 4.3.0")
    mail.server.look_up("UPDATE signing_keys SET sealed = ? WHERE selector = 'r'", row)
    assert send(mail.hanako(), "opened", sender=ACCOUNT, author=ACCOUNT).startswith("250")
    assert mail.noted(DOMAIN, "deferred")["selector"] == "r"


def test_it_is_noted_when_a_domain_signed_and_when_mail_in_its_name_failed(mail: Authenticated) -> None:
    begun = int(time.time())
    assert send(mail.hanako(), "noted", sender=ACCOUNT, author=ACCOUNT).startswith("250")
    mail.names.records[f"_dmarc.{DOMAIN}"] = [txt("v=DMARC1; p=none")]
    assert send(mail.outsider(), "forged", sender="a@bad.test", author=ACCOUNT).startswith("250")
    assert send(mail.outsider(), "not-ours", sender="a@bad.test", author="a@bad.test").startswith("250")
    failed = mail.noted(DOMAIN, "failed")
    assert (failed["client"], failed["results"]) == ("198.51.100.9", "spf=fail dkim=none")
    until(lambda: int(str(mail.noted(DOMAIN, "signed")["at"])) >= begun)
    assert ask_filter(mail.server.home, "domain-notes", {"domain": "bad.test"}, patience=5) == "DUNNO {}"


def test_without_the_filter_mail_waits(mail: Authenticated) -> None:
    mail.server.stop_filter()
    for service in ("smtps", "smtp"):
        talk = mail.server.talk(service, secure=service == "smtps")
        log_in = [f"AUTH PLAIN {plain(ACCOUNT)}"] if service == "smtps" else []
        envelope = [f"MAIL FROM:<{ACCOUNT}>", f"RCPT TO:<{ACCOUNT}>", "DATA"]
        replies = [talk.say(line) for line in ("EHLO x.test", *log_in, *envelope)]
        assert next(reply for reply in replies if not reply.startswith("2")).startswith("45")
    mail.server.start_filter()
    assert send(mail.hanako(), "again", sender=ACCOUNT, author=ACCOUNT).startswith("250")
    assert parsed(mail.fetched("again"))["DKIM-Signature"] is not None

"""Sender authentication as the wire has it: a real Postfix, the mail filter and a name server of our own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import dkim as dkimpy  # type: ignore[import-untyped]
import pytest

from fumibako.channel.mail_filter import ask_filter
from fumibako.schema.edit import Edit
from tests.document.authenticated import SIGNED, Authenticated, authenticated, parsed, results, send
from tests.document.mail_server import ACCOUNT, DOMAIN, HOSTNAME, plain, until
from tests.mailauth.peers import MailDkim


@pytest.fixture(scope="module")
def mail() -> Iterator[Authenticated]:
    with authenticated() as running:
        yield running


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


def test_what_an_account_forwards_is_sealed_as_well(mail: Authenticated) -> None:
    forward = Edit(("accounts", ACCOUNT, "forward"), [], ["x@elsewhere.test"])
    mail.server.edit(forward)
    try:
        assert send(mail.outsider(), "forwarded", sender="a@good.test", author="a@good.test").startswith("250")
        assert parsed(mail.fetched("forwarded"))["ARC-Seal"] is not None
    finally:
        mail.server.edit(forward.inverse())


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


def test_dns_that_does_not_answer_is_temporary_and_mail_comes(mail: Authenticated) -> None:
    mail.names.silent.add("silent.test")
    begun = time.monotonic()
    assert send(mail.outsider(), "slow", sender="a@silent.test", author="a@good.test").startswith("250")
    assert time.monotonic() - begun < 20
    assert "spf=temperror" in results(parsed(mail.fetched("slow")))


def test_a_refusal_that_the_dns_leaves_open_is_none_and_one_that_is_made_to_look_so_is(mail: Authenticated) -> None:
    """A signature of the author's domain under a key that cannot be asked for now; and under one that cannot be at all."""

    def signed(selector: str) -> str:
        tags = f"v=1; a=rsa-sha256; c=relaxed/relaxed; d=bad.test; s={selector}; h=from"
        return f"DKIM-Signature: {tags};\r\n\tbh={'A' * 43}=; b=AAAA\r\n"

    mail.names.silent.add("slow._domainkey.bad.test")
    mail.install(dmarc__enforce=True)
    author = {"sender": "a@good.test", "author": "a@bad.test"}
    assert send(mail.outsider(), "open", header=signed("slow"), **author).startswith("250")
    assert "dmarc=temperror" in results(parsed(mail.fetched("open")))
    for selector in ("o'hara", ".".join(["x" * 60] * 4)):
        assert send(mail.outsider(), "shut", header=signed(selector), **author).startswith("550 5.7.1 DMARC policy of")
    mail.install()


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

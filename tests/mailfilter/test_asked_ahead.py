"""Look-ups begin when the header is there, while a long body still comes: whoever waits for a slow name server waits once."""

from __future__ import annotations

from fumibako.milter.frames import frame
from tests.mailfilter.conftest import FilterRig, eventually
from tests.mailfilter.name_server import NameServer
from tests.mailfilter.test_hostile import BEGINNING, OFFER, header

SIGNATURE = b" v=1; a=rsa-sha256; d=signer.test; s=s1; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA"


ALWAYS = {"s1._domainkey.signer.test", "sender.invalid"}
POLICIES = {"_dmarc.mail.author.test", "_dmarc.author.test", "_dmarc.test"}


def asked_before_the_end(mail_filter: FilterRig, expected: set[str], **conf: object) -> set[str]:
    """The names asked for, what is expected among them, for a message whose body does not come to its end."""
    names = NameServer({})
    try:
        mail_filter.install(resolvers=[names.address], **conf)
        mail_filter.start(1)
        with mail_filter.connected("milter") as line:
            line.sendall(OFFER)
            line.recv(1000)
            line.sendall(BEGINNING + header(b"From", b" a@mail.author.test") + header(b"DKIM-Signature", SIGNATURE))
            line.sendall(frame(b"N") + frame(b"B", b"line\r\n" * 10_900))
            assert eventually(lambda: expected <= {name for name, _ in names.asked}), names.asked
        assert mail_filter.stop() == 0
    finally:
        names.close()
    return {name for name, _ in names.asked}


def test_keys_and_policies_are_asked_for_before_the_body_has_ended(mail_filter: FilterRig) -> None:
    asked_before_the_end(mail_filter, ALWAYS | POLICIES, dkim_verify=True, dmarc_check=True)


def test_nobody_asks_for_a_policy_that_is_not_to_be_checked(mail_filter: FilterRig) -> None:
    asked = asked_before_the_end(mail_filter, ALWAYS, dkim_verify=True, dmarc_check=False, spf_check=True)
    assert not asked & POLICIES

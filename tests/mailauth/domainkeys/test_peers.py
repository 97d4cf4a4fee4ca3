"""DomainKeys signatures of ours in Perl's Mail::DKIM, and of Mail::DKIM here."""

from __future__ import annotations

import pytest

from fumibako.mailauth.domainkeys.signature import DomainKeysForm
from tests.mailauth.peers import MailDkim
from tests.mailauth.shapes import BODIES
from tests.mailauth.signed import HEADER, Keys, domainkeys_result, domainkeys_signed


@pytest.mark.parametrize("form", ["simple", "nofws"])
@pytest.mark.parametrize("shape", BODIES)
def test_both_agree_on_every_body(mail_dkim: MailDkim, keys: Keys, shape: str, form: DomainKeysForm) -> None:
    message = HEADER + BODIES[shape]
    signed = domainkeys_signed(message, keys.signing["r"], form)
    assert mail_dkim.verdict(signed, keys.records) == "pass"
    assert mail_dkim.verdict(signed.replace(b"Hallo", b"Hello"), keys.records) != "pass"
    for with_names in (True, False):
        theirs = mail_dkim.sign_domainkeys(message, form, keys.rsa_pem, with_names=with_names) + message
        assert domainkeys_result(theirs, keys.zone).status == "good"
        assert domainkeys_result(theirs.replace(b"Hallo", b"Hello"), keys.zone).status == "bad"

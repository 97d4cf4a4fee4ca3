"""Chains that are sealed by us, by dkimpy and by Perl's Mail::DKIM in turn hold for all three."""

from __future__ import annotations

from fumibako.mail.header import parse_message
from fumibako.mailauth.arc import seal
from fumibako.mailauth.body import BodyHasher
from tests.mailauth.peers import Dkimpy, MailDkim
from tests.mailauth.signed import DOMAIN, MESSAGE, NOW, Keys, arc_result

RESULTS = b"Authentication-Results: mx.example.org; arc=%b; spf=pass smtp.mailfrom=a@example.org\r\n"


def sealed_here(message: bytes, keys: Keys) -> bytes:
    header, body = parse_message(message)
    hasher = BodyHasher()
    sink = hasher.want("relaxed")
    hasher.feed(body)
    hasher.finish()
    sealer = seal.Sealer(DOMAIN, "r", keys.signing["r"])
    fields = seal.seal(header, sink, arc_result(message, keys.zone), b" mx.example.org; arc=pass", sealer, now=NOW)
    return b"".join(field.octets for field in fields) + message


def test_a_chain_of_three_hands_holds_for_all_of_them(mail_dkim: MailDkim, dkimpy: Dkimpy, keys: Keys) -> None:
    first = sealed_here(MESSAGE, keys)
    second = RESULTS % b"pass" + first
    second = dkimpy.sealed(second, keys.rsa_pem) + second
    third = RESULTS % b"pass" + second
    third = mail_dkim.sealed(third, keys.rsa_pem, keys.records) + third
    fourth = sealed_here(third, keys)
    for count, message in enumerate((first, second, third, fourth), start=1):
        result = arc_result(message, keys.zone)
        assert (result.status, len(result.sets)) == ("pass", count), result.reason.comment
        assert dkimpy.validates(message, keys.records) == "pass"
        assert mail_dkim.validates(message, keys.records) == "pass"
    changed = fourth.replace(b"Hallo", b"Hello")
    assert arc_result(changed, keys.zone).status == "fail"
    assert dkimpy.validates(changed, keys.records) == "fail"
    assert mail_dkim.validates(changed, keys.records) == "fail"

"""Each word of DomainKey-Status, and whose signature counts (RFC 4870 §3.2.3, §3.3, §3.5, §3.6)."""

from __future__ import annotations

import pytest

from fumibako.mailauth.domainkeys.policy import policy_record
from fumibako.mailauth.domainkeys.sign import key_record
from tests.mailauth.signed import MESSAGE, Keys, domainkeys_result, domainkeys_signed, zone_of
from tests.mailauth.zone import TIMEOUT, Zone

KEY_NAME = "r._domainkey.example.org"


def published(keys: Keys, record: str) -> Zone:
    return zone_of({KEY_NAME: record.replace("KEY", keys.signing["r"].public)})


@pytest.mark.parametrize(
    ("record", "status", "result"),
    [
        ("k=rsa; p=KEY", "good", "pass"),
        ("p=KEY", "good", "pass"),
        ("g=; k=rsa; p=KEY", "good", "pass"),
        ("g=hanako; k=rsa; p=KEY", "good", "pass"),
        ("g=taro; k=rsa; p=KEY", "bad", "fail"),
        ("v=DKIM1; h=sha256; p=KEY", "bad format", "neutral"),
        ("k=ed25519; p=KEY", "bad format", "neutral"),
        ("k=rsa; p=", "revoked", "permerror"),
        ("k=rsa; p=###", "bad format", "neutral"),
        ("junk", "bad format", "neutral"),
    ],
)
def test_the_key_decides(keys: Keys, record: str, status: str, result: str) -> None:
    found = domainkeys_result(domainkeys_signed(MESSAGE, keys.signing["r"], "nofws"), published(keys, record))
    assert (found.status, found.result) == (status, result)


def test_a_text_beside_the_key_does_not_hide_it(keys: Keys) -> None:
    texts = [("TXT", "v=spf1 -all"), ("TXT", key_record(keys.signing["r"], testing=False))]
    signed = domainkeys_signed(MESSAGE, keys.signing["r"], "nofws")
    assert domainkeys_result(signed, Zone({KEY_NAME: texts})).status == "good"


def test_the_record_that_we_publish_is_in_test_mode_and_good(keys: Keys) -> None:
    record = key_record(keys.signing["r"], testing=True)
    assert record.startswith("t=y; k=rsa; p=")
    found = domainkeys_result(domainkeys_signed(MESSAGE, keys.signing["r"], "simple"), zone_of({KEY_NAME: record}))
    assert (found.status, found.testing) == ("good", True)
    assert found.field.octets == b"DomainKey-Status: good (2048-bit rsa key, domain is testing)\r\n"


def test_a_key_that_is_not_there_or_cannot_be_asked_for(keys: Keys) -> None:
    signed = domainkeys_signed(MESSAGE, keys.signing["r"], "nofws")
    absent = domainkeys_result(signed, Zone({}))
    assert (absent.status, absent.result, absent.temporary) == ("no key", "permerror", False)
    silent = domainkeys_result(signed, Zone({KEY_NAME: [TIMEOUT]}))
    assert (silent.status, silent.result, silent.temporary) == ("no key", "temperror", True)


@pytest.mark.parametrize(
    ("policy", "status", "code"),
    [
        ("", "no signature", "no-signature"),
        ("o=~", "no signature", "no-signature"),
        ("o=-", "no signature", "policy-all-signed"),
        ("t=y; o=-", "no signature", "no-signature"),
        ("o=.", "non-participant", "no-signature"),
        ("nonsense", "no signature", "no-signature"),
    ],
)
def test_an_unsigned_message_is_judged_by_the_domains_policy(policy: str, status: str, code: str) -> None:
    zone = zone_of({"_domainkey.example.org": policy} if policy else {})
    found = domainkeys_result(MESSAGE, zone)
    assert (found.status, found.reason.code, found.result) == (status, code, "none")


def test_policy_records_are_written() -> None:
    assert policy_record(all_signed=True, testing=True) == "t=y; o=-"
    assert policy_record(all_signed=False, testing=False) == "o=~"


@pytest.mark.parametrize(
    "value",
    [
        b"a=rsa-sha256; q=dns; c=nofws; d=example.org; s=r; b=QUJD",
        b"a=rsa-sha1; q=http; c=nofws; d=example.org; s=r; b=QUJD",
        b"a=rsa-sha1; q=dns; c=relaxed; d=example.org; s=r; b=QUJD",
        b"a=rsa-sha1; q=dns; c=nofws; s=r; b=QUJD",
        b"a=rsa-sha1; q=dns; c=nofws; d=example.org; b=QUJD",
        b"a=rsa-sha1; q=dns; c=nofws; d=example.org; s=r",
        b"a=rsa-sha1; q=dns; c=nofws; d=example.org; s=r; b=!",
        b"a=rsa-sha1; q=dns; c=nofws; d=example.org; s=r; h=; b=QUJD",
        b"nonsense",
    ],
)
def test_a_malformed_signature_is_bad_format(keys: Keys, value: bytes) -> None:
    message = b"DomainKey-Signature: " + value + b"\r\n" + MESSAGE
    assert domainkeys_result(message, keys.zone).status == "bad format"


def test_the_sender_must_be_of_the_signing_domain_or_below(keys: Keys) -> None:
    below = MESSAGE.replace(b"hanako@example.org", b"hanako@mail.example.org")
    assert domainkeys_result(domainkeys_signed(below, keys.signing["r"], "nofws"), keys.zone).status == "good"
    for other in (b"hanako@example.com", b"hanako@notexample.org"):
        message = MESSAGE.replace(b"hanako@example.org", other)
        found = domainkeys_result(domainkeys_signed(message, keys.signing["r"], "nofws"), keys.zone)
        assert (found.status, found.reason.code) == ("bad", "sender-domain")


def test_a_sender_field_goes_before_from(keys: Keys) -> None:
    listed = b"Sender: list@example.org\r\n" + MESSAGE.replace(b"hanako@example.org", b"a@other.example")
    found = domainkeys_result(domainkeys_signed(listed, keys.signing["r"], "simple"), keys.zone)
    assert (found.status, found.sender, found.sender_field) == ("good", "list@example.org", "sender")


def test_the_senders_field_must_be_below_the_signature_and_signed(keys: Keys) -> None:
    signed = domainkeys_signed(MESSAGE, keys.signing["r"], "nofws")
    above = domainkeys_result(b"Sender: hanako@example.org\r\n" + signed, keys.zone)
    assert (above.status, above.reason.code) == ("bad", "sender-not-below")
    doubled = domainkeys_result(b"From: evil@example.org\r\n" + signed, keys.zone)
    assert (doubled.status, doubled.reason.code) == ("bad format", "sender-several")
    head, _, rest = signed.partition(b"\r\nReceived")
    unsigned = domainkeys_result(head.replace(b"From:", b"") + b"\r\nReceived" + rest, keys.zone)
    assert (unsigned.status, unsigned.reason.code) == ("bad", "sender-unsigned")


def test_a_changed_message_is_bad(keys: Keys) -> None:
    signed = domainkeys_signed(MESSAGE, keys.signing["r"], "nofws")
    assert domainkeys_result(signed, keys.zone).status == "good"
    assert domainkeys_result(signed.replace(b"Hallo", b"Hal lo"), keys.zone).status == "good"  # nofws
    assert domainkeys_result(signed + b"x", keys.zone).status == "bad"
    assert domainkeys_result(signed.replace(b"Hallo", b"Hello"), keys.zone).status == "bad"

"""What a domain's zone should say, and how people type it in."""

from __future__ import annotations

import pytest

from fumibako.mailauth.publickey import PublicKey, parse_public_key
from fumibako.mailauth.spf.record import SpfRecord, parse_record
from fumibako.schema.text import plain
from fumibako.zone.needed import MailDomain, PublishedKey, needed
from fumibako.zone.record import Record

PORTS = {"smtp": 25, "submission": 587, "smtps": 465, "imap": 143, "imaps": 993}
# The key of RFC 8463, appendix A.2.
ED25519 = PublishedKey("e1", "dkim", "ed25519", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
RSA = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFC"
    "jxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9"
    "tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
)  # RFC 6376, appendix C


def domain(**fields: object) -> MailDomain:
    return MailDomain(**{"name": "example.jp", "hostname": "mail.example.jp", "ports": PORTS, **fields})  # type: ignore[arg-type]


def values(records: list[Record]) -> dict[tuple[str, str], str]:
    return {(each.name, each.type): each.value for each in records}


def test_mail_comes_here_and_leaves_from_here() -> None:
    found = values(needed(domain()))
    assert found["example.jp", "MX"] == "10 mail.example.jp."
    assert found["example.jp", "TXT"] == "v=spf1 a mx -all"


def test_mail_that_leaves_through_a_relay_names_the_relay() -> None:
    found = values(needed(domain(relays=["192.0.2.9", "[2001:db8::9]", "smtp.provider.example"])))
    record = found["example.jp", "TXT"]
    assert record == "v=spf1 a mx ip4:192.0.2.9 ip6:2001:db8::9 a:smtp.provider.example -all"
    assert isinstance(parse_record(record.encode()), SpfRecord)


def test_every_key_is_published_under_its_selector_in_a_form_that_verifiers_take() -> None:
    keys = [ED25519, PublishedKey("s1", "dkim", "rsa", RSA), PublishedKey("default", "domainkeys", "rsa", RSA, True)]
    found = values(needed(domain(keys=keys)))
    assert found["default._domainkey.example.jp", "TXT"] == f"t=y; k=rsa; p={RSA}"
    assert found["_domainkey.example.jp", "TXT"] == "t=y; o=~"
    for selector, kind in (("e1", "ed25519"), ("s1", "rsa")):
        parsed = parse_public_key(found[f"{selector}._domainkey.example.jp", "TXT"].encode())
        assert isinstance(parsed, PublicKey)
        assert (parsed.kind, parsed.testing) == (kind, False)


def test_a_domain_without_domainkeys_has_no_policy_of_theirs() -> None:
    assert ("_domainkey.example.jp", "TXT") not in values(needed(domain(keys=[ED25519])))


def test_mail_programs_find_the_services_that_are_on_and_learn_which_are_off() -> None:
    found = values(needed(domain()))
    assert found["_submissions._tcp.example.jp", "SRV"] == "0 1 465 mail.example.jp."
    assert found["_pop3s._tcp.example.jp", "SRV"] == "0 0 0 ."


@pytest.mark.parametrize("policy", ["", "20261124"])
def test_transport_security_is_announced_only_where_a_policy_is_served(policy: str) -> None:
    announced = ("_mta-sts.example.jp", "TXT") in values(needed(domain(policy_id=policy)))
    assert announced == bool(policy)


def test_a_long_text_is_cut_into_strings_for_a_zone_file_and_stays_whole_elsewhere() -> None:
    record = Record("s._domainkey.example.jp", "TXT", "v=DKIM1; p=" + "A" * 500, plain("key"))
    assert [len(part) for part in record.strings()] == [255, 255, 1]
    assert record.zone_line().count('"') == 6
    assert "".join(record.strings()) == record.value


def test_a_name_is_said_relative_to_its_zone_as_web_forms_want_it() -> None:
    assert Record("example.jp", "TXT", "x", plain("")).relative_name("example.jp") == "@"
    assert Record("_dmarc.example.jp", "TXT", "x", plain("")).relative_name("example.jp") == "_dmarc"


def test_quotes_in_a_text_are_escaped_in_a_zone_file() -> None:
    assert Record("a.example", "TXT", 'say "hi" \\', plain("")).data() == r'"say \"hi\" \\"'

"""What the recorded cases do not ask of DMARC: several authors, trouble with the DNS, whom to ask (RFC 9989)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mail.header import HeaderField, HeaderSection, parse_message
from fumibako.mailauth.author import Author, find_author
from fumibako.mailauth.dmarc.evaluate import DmarcResult, Identifier, evaluate
from fumibako.mailauth.dmarc.record import DmarcRecord, is_dmarc, parse_record
from fumibako.mailauth.dmarc.walk import targets
from tests.mailauth.zone import TIMEOUT, Zone, run

PASSED = Identifier("dkim", "example.org", "pass")


def zone_of(records: dict[str, Any]) -> Zone:
    return Zone(
        {
            name: [TIMEOUT] if text == TIMEOUT else [text] if isinstance(text, tuple) else [("TXT", text)]
            for name, text in records.items()
        }
    )


def judged(records: dict[str, Any], *identifiers: Identifier, domain: str = "example.org") -> DmarcResult:
    return run(evaluate(Author((domain,)), identifiers, zone_of(records)))


def test_several_from_fields_never_pass_and_the_strictest_policy_holds() -> None:
    records = {"_dmarc.example.org": "v=DMARC1; p=none", "_dmarc.bank.example": "v=DMARC1; p=reject"}
    for head in (
        b"From: a@example.org\r\nFrom: b@bank.example\r\n\r\n",
        b"From: a@example.org, b@bank.example\r\n\r\n",
    ):
        author = find_author(parse_message(head)[0])
        identifiers = [PASSED, Identifier("dkim", "bank.example", "pass"), Identifier("spf", "example.org", "pass")]
        result = run(evaluate(author, identifiers, zone_of(records)))
        assert (result.status, result.policy, result.author) == ("fail", "reject", "bank.example")
    same = find_author(parse_message(b"From: a@example.org\r\nFrom: b@example.org\r\n\r\n")[0])
    assert run(evaluate(same, [PASSED], zone_of(records))).status == "fail"


@pytest.mark.parametrize("head", [b"\r\n", b"From: nobody\r\n\r\n", b"From: a@b.example\r\nFrom: c@d.example\r\n\r\n"])
def test_without_an_author_there_is_no_verdict_but_an_error(head: bytes) -> None:
    result = run(evaluate(find_author(parse_message(head)[0]), [PASSED], Zone({})))
    assert (result.status, result.policy) == ("permerror", None)


@pytest.mark.parametrize(
    "head",
    [
        b"From: " + b", ".join(b"a@d%d.example" % number for number in range(10)) + b", a@strict.example",
        b"From: a@d.example," + b" " * 70_000 + b"a@strict.example",
        b"".join(b"From: a@d.example\r\n" for _ in range(20)) + b"From: a@strict.example",
    ],
)
def test_an_author_behind_more_than_are_looked_at_is_refused(head: bytes) -> None:
    author = find_author(parse_message(head + b"\r\n\r\n")[0])
    result = run(evaluate(author, [], Zone({"_dmarc.strict.example": [("TXT", "v=DMARC1; p=reject")]})))
    assert (result.status, result.policy) == ("fail", "reject")


@pytest.mark.parametrize("host", ["a" * 64, "a." * 130 + "a", "\udcff", "x y", "x/y"])
def test_a_name_that_cannot_exist_does_not_get_rid_of_the_policy_above_it(host: str) -> None:
    value = f"<ceo@{host}.bank.example>".encode("utf-8", "surrogateescape")
    author = find_author(HeaderSection([HeaderField(b"From", value)]))
    zone = zone_of({"_dmarc.bank.example": "v=DMARC1; p=reject"})
    result = run(evaluate(author, [Identifier("dkim", "bank.example", "pass")], zone))
    assert (result.status, result.policy) == ("fail", "reject")


def test_two_records_are_none_and_the_one_above_holds() -> None:
    records: dict[str, Any] = {"_dmarc.example.org": "v=DMARC1; p=none; sp=quarantine"}
    zone = zone_of(records)
    zone.names["_dmarc.mail.example.org"] = [("TXT", "v=DMARC1; p=reject"), ("TXT", "v=DMARC1; p=none")]
    result = run(evaluate(Author(("mail.example.org",)), [], zone))
    assert (result.status, result.policy, result.domain) == ("fail", "quarantine", "example.org")
    del zone.names["_dmarc.example.org"]
    result = run(evaluate(Author(("mail.example.org",)), [], zone))
    assert (result.status, result.reason.code) == ("none", "dmarc-records-several")


def test_what_stands_above_an_authors_own_record_need_not_answer() -> None:
    records = {"_dmarc.example.org": "v=DMARC1; p=reject", "_dmarc.org": TIMEOUT}
    assert judged(records, PASSED).status == "pass"
    assert judged(records, Identifier("dkim", "other.net", "pass")).status == "fail"
    below = judged(records, Identifier("dkim", "mail.example.org", "pass"))
    assert (below.status, below.policy) == ("temperror", "reject")
    strict = records | {"_dmarc.example.org": "v=DMARC1; p=reject; adkim=s"}
    assert judged(strict, Identifier("dkim", "mail.example.org", "pass")).status == "fail"
    assert judged({"_dmarc.org": TIMEOUT}).status == "temperror"


def test_a_check_that_might_have_aligned_leaves_it_undecided() -> None:
    records = {"_dmarc.example.org": "v=DMARC1; p=reject"}
    waiting = Identifier("dkim", "mail.example.org", "temperror")
    assert judged(records, waiting).status == "temperror"
    assert judged(records, waiting, PASSED).status == "pass"
    assert judged(records, Identifier("spf", "other.example", "temperror")).status == "fail"
    assert judged(records, Identifier("spf", "example.org", "softfail")).status == "fail"


def test_an_identifier_of_someone_else_is_not_asked_about() -> None:
    zone = zone_of({"_dmarc.example.org": "v=DMARC1; p=reject", "_dmarc.evil.example": TIMEOUT})
    result = run(evaluate(Author(("example.org",)), [Identifier("dkim", "a.evil.example", "pass")], zone))
    assert result.status == "fail"
    assert [name for _, name in zone.asked] == ["_dmarc.example.org", "_dmarc.org"]


def test_a_name_that_only_ends_alike_is_not_of_the_organization() -> None:
    records = {"_dmarc.example.org": "v=DMARC1; p=reject", "_dmarc.notexample.org": "v=DMARC1; p=none"}
    assert judged(records, Identifier("dkim", "notexample.org", "pass")).status == "fail"


def test_a_department_with_psd_n_is_an_organization_of_its_own() -> None:
    records = {"_dmarc.example.org": "v=DMARC1; p=reject", "_dmarc.lab.example.org": "v=DMARC1; p=none; psd=n"}
    assert judged(records, Identifier("dkim", "lab.example.org", "pass")).status == "fail"
    assert judged(records, PASSED, domain="lab.example.org").status == "fail"
    assert judged(records, Identifier("dkim", "x.lab.example.org", "pass"), domain="lab.example.org").status == "pass"


def test_np_is_for_names_that_do_not_exist() -> None:
    records: dict[str, Any] = {"_dmarc.example.org": "v=DMARC1; p=none; sp=quarantine; np=reject"}
    assert judged(records, domain="gone.example.org").policy == "reject"
    assert (
        judged(records | {"x.gone.example.org": ("A", "192.0.2.1")}, domain="gone.example.org").policy == "quarantine"
    )
    unknown = records | {"gone.example.org": TIMEOUT}
    assert judged(unknown, domain="gone.example.org").status == "temperror"
    assert judged(unknown, PASSED, domain="gone.example.org").status == "pass"
    assert judged(records, domain="example.org").policy == "none"


def test_at_most_eight_questions_are_asked() -> None:
    assert targets("a.b.c.d.e.f.g.h.i.j.mail.example.com") == [
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    ]
    assert targets("com") == ["com"]
    assert len(targets(".".join("x" * 100))) == 8


@pytest.mark.parametrize(
    ("text", "policy", "usable"),
    [
        (b"v=DMARC1; p=reject", "reject", True),
        (b"v=DMARC1;p=reject;", "reject", True),
        (b"v=DMARC1", "none", False),
        (b"v=DMARC1; p=maybe", "none", False),
        (b"v=DMARC1; p=maybe; rua=mailto:a@b.example", "none", True),
        (b"v=DMARC1; p=reject; sp=maybe", "none", False),
        (b"v=DMARC1; p=reject; sp=maybe; rua=mailto:a@b.example", "none", True),
        (b"v=DMARC1; p=reject; rua=not a uri", "reject", True),
        (b"v=DMARC1; p=reject; unknown=1; =; ;;junk", "reject", True),
        (b"v=DMARC1; p=quarantine; p=reject", "quarantine", True),
    ],
)
def test_syntax_errors_leave_what_can_be_read(text: bytes, policy: str, usable: bool) -> None:
    record = parse_record(text)
    assert (record.policy, record.usable) == (policy, usable)


@given(st.binary(max_size=80))
def test_parsing_never_raises(octets: bytes) -> None:
    text = b"v=DMARC1;" + octets
    assert is_dmarc(text)
    assert isinstance(parse_record(text), DmarcRecord)

"""Mail made to hurt: never a pass, never an exception, never out of proportion.

The limits of the whole filter are 5 seconds of CPU and 256 MB; here each message has a small share of that.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fumibako.mail.header import HeaderField, HeaderSection, parse_message
from fumibako.mailauth.arc import verify as arc
from fumibako.mailauth.author import find_author
from fumibako.mailauth.body import BodyForm, BodyHasher
from fumibako.mailauth.dkim import verify as dkim
from fumibako.mailauth.dkim.sign import Signer
from fumibako.mailauth.dmarc.evaluate import Identifier, evaluate
from fumibako.mailauth.domainkeys import verify as domainkeys
from fumibako.mailauth.resolver import Answer, Resolver
from fumibako.mailauth.results.authentication_results import AuthenticationResults, format_authentication_results
from fumibako.mailauth.results.compose import arc_entry, dkim_entries, dmarc_entry, domainkeys_entry, spf_entry
from fumibako.mailauth.results.forged import find_forged
from fumibako.mailauth.spf.check import check_mail_from
from tests.mailauth.signed import DOMAIN, LATER, MESSAGE, Keys, dkim_signed
from tests.mailauth.zone import TIMEOUT, Zone, run

FOLD = b"\r\n "
FORMS: tuple[BodyForm, ...] = ("simple", "relaxed", "dk-simple", "dk-nofws")


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    start = time.process_time()
    yield
    spent = time.process_time() - start
    assert spent < seconds, f"{spent:.1f} s of CPU"


def everything(message: bytes, resolver: Resolver) -> tuple[AuthenticationResults, bytes]:
    """All checks on a message, and the field that would be written about them."""
    header, body = parse_message(message)
    hasher = BodyHasher()
    checks = (
        dkim.Verification(header, hasher, now=LATER),
        arc.Verification(header, hasher),
        domainkeys.Verification(header, hasher),
    )
    hasher.feed(body)
    hasher.finish()
    signatures = run(checks[0].results(resolver))
    chain = run(checks[1].result(resolver))
    ancient = run(checks[2].result(resolver))
    spf = run(
        check_mail_from(ip_address("192.0.2.1"), "a@evil.example", "evil.example", resolver, receiver="mx", now=LATER)
    )
    identifiers = [Identifier("dkim", result.domain, result.status) for result in signatures]
    verdict = run(evaluate(find_author(header), [*identifiers, Identifier("spf", spf.domain, spf.status)], resolver))
    find_forged(header, "mx.example")
    entries = (
        spf_entry(spf),
        *dkim_entries(signatures),
        domainkeys_entry(ancient),
        dmarc_entry(verdict),
        arc_entry(chain),
    )
    results = AuthenticationResults("mx.example", entries)
    return results, format_authentication_results(results)


def test_the_whole_is_sound_on_an_honest_message(keys: Keys) -> None:
    signed = dkim_signed(MESSAGE, Signer(DOMAIN, "r", keys.signing["r"]))
    zone = Zone(
        {
            **{name: [("TXT", text)] for name, text in keys.records.items()},
            "_dmarc.example.org": [("TXT", "v=DMARC1; p=reject")],
        }
    )
    results, _ = everything(signed, zone)
    assert {entry.method: entry.result for entry in results.results} == {
        "spf": "none", "dkim": "pass", "domainkeys": "none", "dmarc": "pass", "arc": "none",
    }  # fmt: skip


BAD_TAGS = b"v=1; a=rsa-sha256; d=evil.example; s=x; h=from; bh=QUJD; b=QUJD"
ARC_SET = (
    b"ARC-Seal: i=%(i)d; a=rsa-sha256; cv=pass; d=evil.example; s=x; b=QUJD\r\n"
    b"ARC-Message-Signature: i=%(i)d; a=rsa-sha256; d=evil.example; s=x; h=from; bh=QUJD; b=QUJD\r\n"
    b"ARC-Authentication-Results: i=%(i)d; mx.example; dkim=pass\r\n"
)
HEADERS: dict[str, Callable[[], bytes]] = {
    "100,000 folds in each field": lambda: b"".join(
        name + b":" + FOLD * 100_000 + b"x" + FOLD * 100_000 + b"\r\n"
        for name in (
            b"From", b"Sender", b"DKIM-Signature", b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results",
            b"DomainKey-Signature", b"Authentication-Results", b"Received-SPF",
        )
    ),
    "100,000 folds in the tags": lambda: b"DKIM-Signature: " + BAD_TAGS.replace(b"; ", b";" + FOLD * 20_000) + b"\r\nFrom: a@b.example\r\n",
    "10,000 signatures": lambda: (b"DKIM-Signature: " + BAD_TAGS + b"\r\n") * 10_000 + b"From: a@b.example\r\n",
    "10,000 DomainKeys": lambda: (b"DomainKey-Signature: " + BAD_TAGS + b"\r\n") * 10_000 + b"From: a@b.example\r\n",
    "200 ARC sets": lambda: b"".join(ARC_SET % {b"i": number} for number in range(200, 0, -1)) + b"From: a@b.example\r\n",
    "50 ARC sets of 100 KB": lambda: b"".join(
        (ARC_SET % {b"i": number}).replace(b"dkim=pass", b"x=" + b"y" * 100_000) for number in range(50, 0, -1)
    )
    + b"From: a@b.example\r\n",
    "i=10^20": lambda: (ARC_SET % {b"i": 10**20}) + b"From: a@b.example\r\n",
    "100,000 names in h=": lambda: b"DKIM-Signature: " + BAD_TAGS.replace(b"h=from", b"h=" + b"from:" * 100_000 + b"to") + b"\r\nFrom: a@b.example\r\n",
    "100,000 fields": lambda: b"X: y\r\n" * 100_000 + b"From: a@b.example\r\n",
    "100,000 From fields": lambda: b"From: a@b.example\r\n" * 100_000,
    "100,000 authors": lambda: b"From: " + b"a@b.example, " * 100_000 + b"\r\n",
    "1,000,000 open comments": lambda: b"From: " + b"(" * 1_000_000 + b"\r\nAuthentication-Results: " + b"(" * 1_000_000 + b"\r\n",
    "1,000,000 quotes": lambda: b"From: " + b'"' * 999_999 + b"\r\nAuthentication-Results: " + b'"' * 999_999 + b"\r\n",
    "escaped quotes": lambda: b"From: " + b'"\\' * 500_000 + b"\r\nAuthentication-Results: mx; x=" + b'"\\' * 500_000 + b"\r\n",
    "1,000,000 @": lambda: b"From: " + b"@" * 1_000_000 + b"\r\nSender: " + b"<" * 1_000_000 + b"\r\n",
    "a word of 1,000,000": lambda: b"From: " + b"a" * 1_000_000 + b"\r\n",
    "semicolons": lambda: b"From: a@b.example\r\nAuthentication-Results: mx" + b";" * 500_000 + b"\r\nDKIM-Signature: " + b";" * 500_000 + b"\r\n",
    "hyphens": lambda: b"From: a@b.example\r\nAuthentication-Results: mx; a" + b"-" * 500_000 + b"=x\r\n",
    "10,000 forged results": lambda: b"From: a@b.example\r\n" + b"Authentication-Results: mx.example; dkim=pass\r\n" * 10_000,
    "broken base64": lambda: b"DKIM-Signature: " + BAD_TAGS.replace(b"QUJD", b"===" * 100_000) + b"\r\nFrom: a@b.example\r\n",
    "huge base64": lambda: b"DKIM-Signature: " + BAD_TAGS.replace(b"QUJD", b"QUJD" * 250_000) + b"\r\nFrom: a@b.example\r\n",
    "huge numbers": lambda: b"DKIM-Signature: " + BAD_TAGS + b"; l=" + b"9" * 1_000_000 + b"; t=" + b"9" * 76 + b"\r\nFrom: a@b.example\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_a_hostile_header_costs_little_and_passes_nothing(name: str, keys: Keys) -> None:
    message = HEADERS[name]() + b"\r\nHello.\r\n"
    zone = Zone(
        {
            "x._domainkey.evil.example": [("TXT", keys.signing["r"].dkim_record)],
            "_dmarc.b.example": [("TXT", "v=DMARC1; p=reject")],
        }
    )
    with at_most(3):
        results, field = everything(message, zone)
    assert "pass" not in {entry.result for entry in results.results}
    assert len(field) < 5000
    assert len(zone.asked) < 150


@pytest.mark.parametrize(
    "record",
    [
        b"v=DKIM1; p=" + b"A" * 65_000,
        b"v=spf1 " + b"a:%{d}.x " * 7_000,
        b"v=spf1 " + b"ip4:192.0.2.9 " * 4_500,
        b"v=spf1 exists:" + b"%{d1r}" * 1_300 + b".x -all",
        b"v=spf1 exists:" + b"%{s}" * 1_900 + b".x -all",
        b"v=DMARC1; p=none; " + b"rua=mailto:a@b.example," * 2_700,
        b"v=DMARC1;" + b"=;" * 32_000,
        bytes(range(256)) * 255,
        b"",
    ],
)
def test_answers_of_64_kb_cost_little_and_pass_nothing(record: bytes) -> None:
    message = (
        b"DKIM-Signature: " + BAD_TAGS + b"\r\nDomainKey-Signature: d=evil.example; s=x; q=dns; c=nofws; b=QUJD\r\n"
    )
    message += (ARC_SET % {b"i": 1}).replace(b"cv=pass", b"cv=none") + b"From: a@evil.example\r\n\r\nHello.\r\n"
    names = ("x._domainkey.evil.example", "evil.example", "_dmarc.evil.example", "_domainkey.evil.example")
    with at_most(3):
        results, _ = everything(message, Zone({name: [("TXT", record)] for name in names}))
    assert "pass" not in {entry.result for entry in results.results}


class Endless(Zone):
    """Every name exists and points on."""

    def __init__(self, text: str) -> None:
        super().__init__({})
        self.text = text

    def records(self, name: str, kind: str) -> Answer[Any]:
        self.asked.append((kind, name))
        values: dict[str, Any] = {
            "TXT": self.text,
            "A": "192.0.2.9",
            "AAAA": "2001:db8::9",
            "MX": (1, f"m.{name}"),
            "PTR": "p.example",
        }
        return Answer("found", (values[kind],) * (1 if kind == "TXT" else 10))


@pytest.mark.parametrize(
    "text",
    ["v=spf1 include:%{i}.%{d} mx ptr -all", "v=spf1 redirect=a.%{d}", "v=spf1 mx mx mx mx mx mx mx mx mx mx -all"],
)
def test_a_zone_without_end_is_asked_a_limited_number_of_questions(text: str) -> None:
    zone = Endless(text)
    with at_most(2):
        result = run(check_mail_from(ip_address("192.0.2.1"), "a@evil.example", "h", zone, receiver="mx", now=0))
    assert result.status in {"permerror", "fail", "neutral"}
    assert len(zone.asked) <= 10 * 11 + 22


def test_loops_of_aliases_and_time_outs_never_pass() -> None:
    names = ("x._domainkey.evil.example", "evil.example", "_dmarc.evil.example")
    message = b"DKIM-Signature: " + BAD_TAGS + b"\r\nFrom: a@evil.example\r\n\r\nHello.\r\n"
    for zone in (
        Zone({name: [TIMEOUT] for name in names}),
        Zone({name: [("CNAME", "loop.example")] for name in names} | {"loop.example": [("CNAME", "loop.example")]}),
    ):
        results, _ = everything(message, zone)
        assert {entry.method: entry.result for entry in results.results} == {
            "spf": "temperror", "dkim": "temperror", "domainkeys": "none", "dmarc": "temperror", "arc": "none",
        }  # fmt: skip


@pytest.mark.parametrize(
    "piece",
    [
        b"x" * 65_535,
        b"a\t" * 32_767,
        b"a  " * 21_845,
        b"\r\n" * 32_767,
        b" \r\n" * 21_845,
        b"\r\n\n" * 21_845,
        b" " * 65_535,
        b"\r" * 65_535,
    ],
)
def test_a_body_without_end_is_hashed_as_it_passes(piece: bytes) -> None:
    """A sixteenth of a gigabyte, in every canonical form at once; a signature has one of them."""
    hasher = BodyHasher()
    for form in FORMS:
        hasher.want(form)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with at_most(4):
        for _ in range(1024):
            hasher.feed(piece)
        hasher.finish()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


fields = st.tuples(
    st.sampled_from([
        b"From", b"Sender", b"DKIM-Signature", b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results",
        b"DomainKey-Signature", b"Authentication-Results", b"Received-SPF", b"X",
    ]),
    st.binary(max_size=80)
    | st.lists(
        st.sampled_from([
            b"v=1", b"a=rsa-sha256", b"a=ed25519-sha256", b"d=evil.example", b"s=x", b"h=from:from", b"bh=QUJD", b"b=QUJD", b"i=1",
            b"i=@evil.example", b"cv=none", b"cv=pass", b"c=nofws", b"c=relaxed", b"q=dns", b"l=1", b"x=1", b"t=1", b" ", b"mx.example",
            b"a@evil.example",
        ])
    ).map(b";".join),
)  # fmt: skip


@given(st.lists(fields, max_size=8), st.binary(max_size=40))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_message_raises_or_passes(parts: list[tuple[bytes, bytes]], body: bytes) -> None:
    header = HeaderSection([HeaderField(*part) for part in parts])
    results, _ = everything(header.octets + b"\r\n" + body, RANDOM_ZONE)
    assert "pass" not in {entry.result for entry in results.results}


RANDOM_ZONE = Zone({"x._domainkey.evil.example": [("TXT", Keys().signing["r"].dkim_record)]})

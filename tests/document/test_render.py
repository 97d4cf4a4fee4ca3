"""Settings and facts make files, the same ones every time."""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from fumibako.applier.grammar import offences_of
from fumibako.assembly.facts import Certificate, Facts
from fumibako.document.check import check
from fumibako.document.render import UnsupportedDialect, render, services
from fumibako.layout import Home
from fumibako.schema.finding import errors
from tests.document.golden import CASES, HOME, Case, facts, settings

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@every_case
def test_a_golden_case_comes_out_byte_for_byte(case: Case) -> None:
    files = render(case.settings, case.facts)
    if os.environ.get("FUMIBAKO_GOLDEN") == "write":
        case.write(files)
    expected = case.expected()
    assert files.keys() == expected.keys()
    for path, text in files.items():
        lines = difflib.unified_diff(expected[path].splitlines(), text.splitlines(), "expected", path, lineterm="")
        assert text == expected[path], "\n".join(lines)


@every_case
def test_the_root_process_accepts_every_golden_case(case: Case) -> None:
    assert offences_of(render(case.settings, case.facts), HOME) == []


@every_case
def test_the_golden_cases_have_nothing_wrong_with_them(case: Case) -> None:
    assert errors(check(case.settings)) == []


def test_another_certificate_changes_nothing_but_its_own_lines() -> None:
    plain, other = (
        facts(),
        replace(facts(), certificate=Certificate("/srv/fumibako/tls/b/certificate.pem", "/srv/fumibako/tls/b/key.pem")),
    )
    one, two = (render(settings("basics: {}"), each) for each in (plain, other))
    changed = [
        line.partition(" ")[0] for path in one for line in set(two[path].splitlines()) - set(one[path].splitlines())
    ]
    assert sorted(changed) == ["smtpd_tls_chain_files", "ssl_cert", "ssl_key"]


def test_names_without_a_domain_belong_to_the_first_domain_until_one_is_chosen() -> None:
    first = facts(first_domain="example.org")
    assert "myorigin = example.org\n" in render(settings("basics: {}"), first)["postfix/main.cf"]
    chosen = render(settings("basics: {primary_domain: example.jp}"), first)
    assert "myorigin = example.jp\n" in chosen["postfix/main.cf"]
    assert "auth_default_realm = example.jp\n" in chosen["dovecot/dovecot.conf"]


def test_a_dovecot_with_the_other_language_is_said_to_be_unsupported() -> None:
    with pytest.raises(UnsupportedDialect, match=r"2\.4\.1"):
        render(settings("basics: {}"), facts(dovecot_version="2.4.1-4"))


def test_every_service_is_named_with_every_address_off_or_on() -> None:
    listed = services(settings("basics: {listen: [192.0.2.1, '2001:db8::1'], services: {pop3: {enabled: false}}}"))
    assert len(listed) == 14
    assert {(each.name, each.port, each.enabled) for each in listed if each.name in ("pop3", "imap")} == {
        ("pop3", 110, False),
        ("imap", 143, True),
    }


def test_a_home_may_lie_wherever_init_allows_one() -> None:
    home = Home(PurePosixPath("/srv/a+b_c.d-e/F"))
    directory = f"{home.tls}/{'0' * 64}"
    there = Facts(home, Certificate(f"{directory}/certificate.pem", f"{directory}/key.pem"))
    assert offences_of(render(settings("basics: {content_filter: {}}"), there), home) == []

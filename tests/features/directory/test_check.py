"""What is wrong with a row, looked at alone."""

from __future__ import annotations

import subprocess

import pytest

from fumibako.features.directory.check import check_row
from fumibako.mail import address, domain
from fumibako.schema import malformed
from tests.quality.test_quality import TOP

ROW = {"name": "", "password_hash": None, "quota_mb": None, "enabled": True}


def codes(table: str, key: str, **row: object) -> list[tuple[str, str]]:
    return [(finding.code, finding.path) for finding in check_row(table, key, {**ROW, **row})]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "domain-empty"),
        ("a..b", "domain-label"),
        ("example", "domain-single-label"),
        ("example.com\nfoo", "domain-control"),
        ("hash:/etc/x", "domain-label"),
        ("x." * 150 + "jp", "domain-too-long"),
        ("10.0.0.1", "domain-address"),
        ("Forward.invalid", "domain-reserved"),
        ("exa​mple..jp", "domain-label"),
    ],
)
def test_a_domain_is_a_name_of_the_dns(key: str, code: str) -> None:
    [finding] = check_row("domains", key, {})
    assert finding.code == code
    assert "\n" not in finding.path + finding.message.en + finding.message.ja


@pytest.mark.parametrize("key", ["example.jp", "EXAMPLE.jp", "例え.テスト", "ｅｘａｍｐｌｅ．ｊｐ"])
def test_good_domains_pass_however_people_write_them(key: str) -> None:
    assert check_row("domains", key, {}) == []


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("hanako", "address-no-domain"),
        ("@example.jp", "local-part-empty"),
        ("x" * 65 + "@example.jp", "local-part-too-long"),
        ("ha nako@example.jp", "local-part-characters"),
        ("|sh@example.jp", "local-part-characters"),
        (".hanako@example.jp", "local-part-dots"),
        ("ha..nako@example.jp", "local-part-dots"),
        ("hanako@example", "domain-single-label"),
    ],
)
def test_an_account_is_an_address(key: str, code: str) -> None:
    assert [each for each, _ in codes("accounts", key)] == [code]


def test_every_code_of_the_mail_words_has_a_sentence() -> None:
    sources = [(TOP / "src/fumibako/mail" / name).read_text() for name in ("address.py", "domain.py")]
    raised = {part.split('"')[0] for text in sources for part in text.split('Malformed("')[1:]}
    raised |= {"local-part-dots", "local-part-characters"}
    assert raised <= malformed.CODES
    assert address.LOCAL_PART_LIMIT == 64
    assert domain.DomainName.parse("a.jp").ascii == "a.jp"


@pytest.mark.parametrize("scheme", ["ARGON2ID", "SHA512-CRYPT", "SHA256-CRYPT", "BLF-CRYPT"])
def test_what_dovecot_itself_makes_is_taken(scheme: str) -> None:
    made = subprocess.run(
        ["doveadm", "-c", "/dev/null", "pw", "-s", scheme, "-p", "x"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert codes("accounts", "a@example.jp", password_hash=made) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("secret", "password-scheme"),
        ("{PLAIN}secret", "password-scheme"),
        ("{MD5}x", "password-scheme"),
        ("{SHA512-CRYPT}$6$salt$short", "password-hash"),
        ("{BLF-CRYPT}$2y$31$" + "x" * 53, "password-hash"),
        ("{SHA512-CRYPT}$6$salt$" + "a" * 86 + "\n", "password-hash"),
        ("{ARGON2ID}$argon2id$v=19$m=9999999,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "password-cost"),
    ],
)
def test_another_password_is_refused_and_never_repeated(text: str, code: str) -> None:
    [finding] = check_row("accounts", "a@example.jp", {**ROW, "password_hash": text})
    assert (finding.code, finding.path) == (code, "accounts/a@example.jp/password_hash")
    assert "secret" not in finding.message.en + finding.message.ja


def test_a_name_is_one_line_of_text() -> None:
    assert codes("accounts", "a@example.jp", name="山田　花子") == []
    for name in ("山田\n花子", " 山田", "x\u202ey"):
        assert codes("accounts", "a@example.jp", name=name) == [("name-characters", "accounts/a@example.jp/name")]


def test_a_limit_of_nothing_is_no_limit_and_of_zero_is_refused() -> None:
    assert codes("accounts", "a@example.jp", quota_mb=None) == []
    assert codes("accounts", "a@example.jp", quota_mb=1) == []
    assert codes("accounts", "a@example.jp", quota_mb=0) == [("quota-zero", "accounts/a@example.jp/quota_mb")]

from __future__ import annotations

import shutil
import subprocess
import time

import pytest

from fumibako.actions import applies, drafts, passwords
from fumibako.actions.caller import Caller
from fumibako.actions.directory_edits import add_account, add_domain
from fumibako.actions.proposal import of_wanted
from fumibako.schema.finding import errors
from fumibako.store import directory
from fumibako.store.models import Audit


def test_dovecot_takes_our_hashes_and_they_are_quick(tmp_path: object) -> None:
    secret = "ひみつ $1 'x' \"y\""
    begun = time.process_time()
    made = passwords.hashed(secret)
    assert time.process_time() - begun < 0.5
    assert made.startswith("{ARGON2ID}$argon2id$v=19$m=19456,t=2,p=1$")
    doveadm = shutil.which("doveadm")
    assert doveadm, "Dovecot is needed to prove that it takes our hashes"

    def verified(password: str) -> bool:
        done = subprocess.run(
            [doveadm, "-c", "/dev/null", "pw", "-t", made, "-p", password], capture_output=True, text=True
        )
        return "(verified)" in done.stdout

    assert verified(secret)
    assert not verified(secret + "x")


def test_a_password_is_live_at_once_as_a_revision_of_its_own(admin: Caller) -> None:
    applies.apply(admin, of_wanted(admin, [*add_domain("example.jp"), *add_account("a@example.jp")[0]]))
    drafts.stage(admin, add_domain("b.example"))
    result = passwords.set_password(admin, "A@example.jp", "a good password")
    assert (result.outcome, result.revision, result.change_count) == ("applied", 3, 1)
    row = directory.row("accounts", "a@example.jp")
    assert row is not None
    assert row["password_hash"].startswith("{ARGON2ID}")
    assert drafts.counts(admin) == {"domains": 1}
    assert not any("argon2" in str(entry.detail) for entry in Audit.objects.all())


def test_an_account_that_is_only_staged_gets_it_in_the_draft(admin: Caller) -> None:
    drafts.stage(admin, [*add_domain("example.jp"), *add_account("a@example.jp")[0]])
    assert passwords.set_password(admin, "a@example.jp", "a good password").outcome == "staged"
    row = drafts.view(admin).row("accounts", "a@example.jp")
    assert row is not None
    assert row["password_hash"].startswith("{ARGON2ID}")
    assert directory.count("accounts") == 0


@pytest.mark.parametrize(
    ("address", "password", "code"),
    [
        ("a@example.jp", "", "password-empty"),
        ("a@example.jp", "x" * 257, "password-too-long"),
        ("a@example.jp", "two\nlines", "password-characters"),
        ("b@example.jp", "a good password", "not-found"),
        ("b@@example.jp", "a good password", "local-part-characters"),
    ],
)
def test_what_is_no_password_or_no_account_is_a_finding(admin: Caller, address: str, password: str, code: str) -> None:
    applies.apply(admin, of_wanted(admin, [*add_domain("example.jp"), *add_account("a@example.jp")[0]]))
    result = passwords.set_password(admin, address, password)
    assert (result.outcome, [finding.code for finding in result.findings]) == ("refused", [code])


def test_a_short_password_is_warned_of(admin: Caller) -> None:
    applies.apply(admin, of_wanted(admin, [*add_domain("example.jp"), *add_account("a@example.jp")[0]]))
    result = passwords.set_password(admin, "a@example.jp", "short")
    assert result.outcome == "applied"
    assert [finding.code for finding in result.findings] == ["password-short"]
    assert errors(result.findings) == []

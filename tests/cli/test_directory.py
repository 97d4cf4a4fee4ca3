"""`domain` and `account`: one command is one edit, applied at once or staged."""

from __future__ import annotations

import imaplib
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.homes import PASSWORD, TestedHome


def logs_in(home: TestedHome, address: str, password: str) -> bool:
    context = ssl._create_unverified_context()
    with imaplib.IMAP4_SSL("127.0.0.1", home.port("imaps"), ssl_context=context, timeout=10) as client:
        try:
            return client.login(address, password)[0] == "OK"
        except imaplib.IMAP4.error:
            return False


def names(home: TestedHome) -> list[str]:
    return [row["name"] for row in home.cli("domain", "list", "--json").json["domains"]]


def addresses(home: TestedHome, *options: str) -> list[str]:
    return [row["address"] for row in home.cli("account", "list", "--json", *options).json["accounts"]]


def test_a_domain_is_added_listed_and_removed(running_home: TestedHome) -> None:
    added = running_home.cli("domain", "add", "one.example", "--json")
    assert (added.exit, added.json["outcome"]) == (0, "applied")
    assert "one.example" in names(running_home)
    assert "one.example" in running_home.cli("domain", "list").stdout
    removed = running_home.cli("domain", "remove", "one.example", "--json")
    assert (removed.exit, removed.json["outcome"]) == (0, "applied")
    assert "one.example" not in names(running_home)


@pytest.mark.parametrize(
    "name", ["", "a..b", "example.com\nfoo", "x" * 300, "hash:/etc/x", "nodot", "../../etc", "a?b=c#d"]
)
def test_a_bad_domain_is_refused_and_changes_nothing(running_home: TestedHome, name: str) -> None:
    before = names(running_home)
    for command in ("add", "remove"):
        refused = running_home.cli("domain", command, "--json", "--", name)
        assert refused.exit == 1, refused
        assert refused.json["outcome"] == "refused"
        assert len(refused.codes) == 1, "it is said once"
    assert names(running_home) == before


def test_an_international_name_is_good_and_never_a_second_domain(running_home: TestedHome) -> None:
    assert running_home.cli("domain", "add", "例え.example").exit == 0
    assert "xn--r8jz45g.example" in names(running_home)
    assert running_home.cli("domain", "add", "ｘｎ－－ｒ８ｊｚ４５ｇ．ｅｘａｍｐｌｅ", "--json").exit == 1
    assert running_home.cli("domain", "remove", "例え.example").exit == 0
    assert "xn--r8jz45g.example" not in names(running_home)


def test_an_account_is_made_changed_and_removed(running_home: TestedHome, tmp_path: Path) -> None:
    home = running_home
    home.add_domain("people.example")
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    options = ("--password-file", file, "--name", "山田 花子", "--quota-mb", "100")
    assert home.cli("account", "add", "hanako@people.example", *options).exit == 0
    assert logs_in(home, "hanako@people.example", PASSWORD)
    row = home.cli("account", "list", "--domain", "people.example", "--json").json["accounts"][0]
    assert (row["address"], row["name"], row["quota_mb"]) == ("hanako@people.example", "山田 花子", 100)
    assert "password_hash" not in str(row) or "$argon2id$" not in str(row)

    assert home.cli("account", "set", "hanako@people.example", "--quota-mb", "none").exit == 0
    row = home.cli("account", "list", "--domain", "people.example", "--json").json["accounts"][0]
    assert (row["name"], row["quota_mb"]) == ("山田 花子", None)
    assert home.cli("account", "set", "hanako@people.example", "--disabled").exit == 0
    assert not logs_in(home, "hanako@people.example", PASSWORD)
    assert home.cli("account", "set", "hanako@people.example", "--enabled").exit == 0
    file.write_text("a third good password\n")
    assert home.cli("account", "set", "hanako@people.example", "--password-file", file).exit == 0
    assert logs_in(home, "hanako@people.example", "a third good password")
    assert home.cli("quota", "set", "hanako@people.example", "7").exit == 0, "the account may stand first"
    row = home.cli("account", "list", "--domain", "people.example", "--json").json["accounts"][0]
    assert row["quota_mb"] == 7

    changed = home.cli("account", "password", "hanako@people.example", stdin="another good password\n")
    assert changed.exit == 0
    assert logs_in(home, "hanako@people.example", "another good password")
    assert not logs_in(home, "hanako@people.example", PASSWORD)

    assert home.cli("account", "remove", "hanako@people.example").exit == 0
    assert addresses(home, "--domain", "people.example") == []
    assert not logs_in(home, "hanako@people.example", "another good password")


def test_the_last_log_in_is_shown_and_goes_along_with_a_new_address(running_home: TestedHome) -> None:
    home = running_home
    home.add_account("seen@log-ins.example")

    def last(address: str) -> str | None:
        return home.cli("account", "show", address, "--json").json["last_login"]  # type: ignore[no-any-return]

    assert last("seen@log-ins.example") is None
    assert "none known" in home.cli("account", "show", "seen@log-ins.example").stdout
    assert not logs_in(home, "seen@log-ins.example", "a wrong password")
    assert logs_in(home, "seen@log-ins.example", PASSWORD)
    deadline = time.monotonic() + 15
    while last("seen@log-ins.example") is None and time.monotonic() < deadline:
        time.sleep(0.2)
    at = last("seen@log-ins.example")
    assert at is not None
    assert abs(datetime.fromisoformat(at) - datetime.now(UTC)) < timedelta(minutes=1)
    row = home.cli("account", "list", "--domain", "log-ins.example", "--json").json["accounts"][0]
    assert row["last_login"] == at
    assert home.cli("account", "rename", "seen@log-ins.example", "moved@log-ins.example").exit == 0
    assert last("moved@log-ins.example") == at
    assert home.cli("account", "remove", "moved@log-ins.example").exit == 0
    home.add_account("moved@log-ins.example")
    assert last("moved@log-ins.example") is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "nobody@not-hosted.example"],
        ["add", "two@at@people.example"],
        ["add", "line\nbreak@people.example"],
        ["add", "quota@refused.example", "--quota-mb", "0"],
        ["add", "quota@refused.example", "--quota-mb", "many"],
        ["set", "missing@refused.example", "--name", "x", "--quota-mb", "5"],
        ["remove", "missing@refused.example"],
        ["password", "missing@refused.example"],
    ],
)
def test_a_bad_account_is_refused_and_changes_nothing(running_home: TestedHome, arguments: list[str]) -> None:
    if "refused.example" not in names(running_home):
        running_home.add_domain("refused.example")
    before = running_home.status()["revision"]
    refused = running_home.cli("account", *arguments, "--json", stdin=PASSWORD)
    assert refused.exit == 1, refused
    assert refused.codes
    assert running_home.status()["revision"] == before


def test_a_password_is_one_line_and_never_on_the_command_line(running_home: TestedHome) -> None:
    home = running_home
    for text in ("", "two\nlines\n"):
        refused = home.cli("account", "password", "any@people.example", "--json", stdin=text)
        assert (refused.exit, refused.codes) == (1, ["secret-lines"])
    assert home.cli("account", "add", "any@people.example", "--password", "secret").exit == 2
    missing = home.cli("account", "password", "any@people.example", "--password-file", "/nonexistent", "--json")
    assert (missing.exit, missing.codes) == (1, ["file-unreadable"])


def test_set_wants_something_to_set(running_home: TestedHome) -> None:
    assert running_home.cli("account", "set", "any@people.example").exit == 2


def test_a_draft_is_staged_and_not_live(a_home: TestedHome) -> None:
    a_home.up()
    staged = a_home.cli("domain", "add", "later.example", "--draft", "--json")
    assert (staged.exit, staged.json["outcome"]) == (0, "staged")
    assert names(a_home) == []
    assert a_home.status()["revision"] == 1
    told = a_home.cli("account", "add", "x@later.example", "--draft")
    assert told.exit == 0
    assert "Staged" in told.stdout
    a_home.add_domain("now.example")
    assert names(a_home) == ["now.example"]


def test_a_domain_with_accounts_is_removed_only_with_them(running_home: TestedHome) -> None:
    running_home.add_account("one@full.example")
    running_home.add_account("two@full.example")
    refused = running_home.cli("domain", "remove", "full.example", "--json")
    assert refused.exit == 1
    assert running_home.cli("domain", "remove", "full.example", "--with-accounts").exit == 0
    assert "full.example" not in names(running_home)
    assert addresses(running_home, "--domain", "full.example") == []


def test_domains_go_in_and_come_out_as_csv(running_home: TestedHome, tmp_path: Path) -> None:
    file = tmp_path / "domains.csv"
    file.write_bytes("name,note\nsheet-one.example,x\nsheet-two.example,\n".encode("utf-8-sig"))
    done = running_home.cli("domain", "import", file, "--json")
    assert (done.exit, done.json["outcome"]) == (0, "applied")
    assert running_home.cli("domain", "import", file, "--json").json["outcome"] == "unchanged"
    told = running_home.cli("domain", "export").stdout.splitlines()
    assert told[0] == "name"
    assert {"sheet-one.example", "sheet-two.example"} <= set(told)
    file.write_text("name\na..b\nsheet-three.example\n")
    refused = running_home.cli("domain", "import", file, "--json")
    assert (refused.exit, refused.codes) == (1, ["domain-label"])
    assert "sheet-three.example" not in names(running_home)
    file.write_text("domain\nx.example\n")
    assert running_home.cli("domain", "import", file, "--json").codes == ["csv-column"]


def test_app_passwords_are_listed_and_what_is_none_cannot_be_removed(running_home: TestedHome) -> None:
    running_home.add_account("phone@apps.example")
    assert running_home.cli("account", "app-password", "list", "phone@apps.example", "--json").json == {"items": []}
    refused = running_home.cli("account", "app-password", "remove", "phone@apps.example", "none", "--json")
    assert (refused.exit, refused.codes) == (1, ["not-found"])


def test_the_reply_is_shown_and_changed_bit_by_bit(running_home: TestedHome, tmp_path: Path) -> None:
    home = running_home
    home.add_account("away@reply.example")
    assert home.cli("account", "vacation", "away@reply.example", "--json").json == {"vacation": None}
    text = tmp_path / "text"
    text.write_text("I am away.\n")
    days = ("--first-day", "2026-08-10", "--last-day", "2026-08-20")
    assert home.cli("account", "vacation", "away@reply.example", "--text-file", text, *days).exit == 0
    assert home.cli("account", "vacation", "away@reply.example", "--off", "--for", "info@reply.example").exit == 0
    shown = home.cli("account", "show", "away@reply.example", "--json").json["vacation"]
    assert (shown["enabled"], shown["text"].strip(), shown["last_day"]) == (False, "I am away.", "2026-08-20")
    assert shown["addresses"] == ["info@reply.example"]
    assert "I am away." in home.cli("account", "vacation", "away@reply.example").stdout
    refused = home.cli("account", "vacation", "away@reply.example", "--on", "--days", "often", "--json")
    assert (refused.exit, len(refused.codes)) == (1, 1)
    assert home.cli("account", "vacation", "away@reply.example", "--text-file", tmp_path / "none").exit == 1

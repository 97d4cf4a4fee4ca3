"""Usage and initials beside the account rows."""

from __future__ import annotations

import pytest

from fumibako.schema.edit import Edit
from fumibako.store import directory, initials, usage
from fumibako.store.models import Account

pytestmark = pytest.mark.django_db

ROW = {"name": "", "password_hash": None, "quota_mb": None, "enabled": True}


def add(*addresses: str, name: str = "") -> None:
    edits = [Edit(("accounts", address), None, {**ROW, "name": name}) for address in addresses]
    directory.write([Edit(("domains", "example.jp"), None, {}), *edits])


def used(address: str) -> tuple[int, int]:
    row = Account.objects.get(address=address)
    return row.usage_bytes, row.usage_messages


def test_a_report_that_goes_on_where_the_last_one_ended_is_heard() -> None:
    add("a@example.jp")
    assert usage.hear(("", 0), ("e1", 3), [("a@example.jp", 10, 1), ("gone@example.jp", 5, 1)]) == ("e1", 3)
    assert used("a@example.jp") == (10, 1)
    assert usage.hear(("e1", 3), ("e1", 4), [("a@example.jp", 0, 0)]) == ("e1", 4)
    assert used("a@example.jp") == (0, 0)


def test_a_report_from_elsewhere_is_told_where_to_go_on() -> None:
    add("a@example.jp")
    usage.hear(("", 0), ("e1", 3), [("a@example.jp", 10, 1)])
    assert usage.hear(("e1", 2), ("e1", 5), [("a@example.jp", 99, 9)]) == ("e1", 3)
    assert usage.hear(("", 0), ("", 0), []) == ("e1", 3)
    assert used("a@example.jp") == (10, 1)


def logged_in(address: str) -> int | None:
    return Account.objects.get(address=address).last_login


def test_a_log_in_is_heard_and_goes_along_with_a_new_address() -> None:
    add("a@example.jp", "b@example.jp")
    usage.hear(("", 0), ("e1", 3), [], [("a@example.jp", 1_700_000_000), ("gone@example.jp", 5)])
    assert (logged_in("a@example.jp"), logged_in("b@example.jp")) == (1_700_000_000, None)
    assert usage.log_ins(["a@example.jp", "b@example.jp"]) == {"a@example.jp": usage.moment(1_700_000_000)}
    moved = {**ROW, "mailbox": "example.jp/a"}
    directory.write([Edit(("accounts", "c@example.jp"), None, moved), Edit(("accounts", "a@example.jp"), ROW, None)])
    assert logged_in("c@example.jp") == 1_700_000_000
    directory.write([Edit(("accounts", "a@example.jp"), None, ROW), Edit(("accounts", "c@example.jp"), moved, None)])
    assert logged_in("a@example.jp") == 1_700_000_000


def test_an_account_that_comes_after_one_that_was_removed_has_not_logged_in() -> None:
    add("a@example.jp")
    usage.hear(("", 0), ("e1", 3), [], [("a@example.jp", 1_700_000_000)])
    directory.write([Edit(("accounts", "a@example.jp"), ROW, None)])
    add("a@example.jp")
    assert logged_in("a@example.jp") is None


def test_initials_are_counted_as_rows_come_and_go() -> None:
    add("ab@example.jp", "ac@example.jp", "1@example.jp", "_x@example.jp")
    add("b@example.jp", name="ヤマダ")
    assert initials.live() == {"a": 2, "0": 1, "#": 1, "b": 1, "や": 1}
    directory.write([Edit(("accounts", "b@example.jp", "name"), "ヤマダ", "たなか")])
    assert initials.live() == {"a": 2, "0": 1, "#": 1, "b": 1, "た": 1}
    directory.write([Edit(("accounts", "b@example.jp"), ROW, None), Edit(("accounts", "ab@example.jp"), ROW, None)])
    assert initials.live() == {"a": 1, "0": 1, "#": 1}


def test_a_row_that_is_written_twice_counts_once() -> None:
    add("ab@example.jp", name="か")
    add("ab@example.jp", name="さ")
    assert initials.live() == {"a": 1, "さ": 1}

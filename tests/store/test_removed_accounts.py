"""A removed account can come back with its mail, and nobody else ever gets it."""

from __future__ import annotations

import pytest

from fumibako.features.directory.rows import MAILBOX
from fumibako.schema.edit import Edit
from fumibako.store import directory, removed_accounts

pytestmark = pytest.mark.django_db

HANAKO = "hanako@example.jp"


@pytest.fixture(autouse=True)
def there() -> None:
    directory.write([Edit(("domains", "example.jp"), None, {}), Edit(("accounts", HANAKO), None, {"quota_mb": 5})])


def remove(address: str) -> None:
    directory.write([Edit(("accounts", address), directory.row("accounts", address), None)])


def test_a_removed_row_is_kept_with_its_mailbox_and_forgotten_when_it_comes_back() -> None:
    before = directory.row("accounts", HANAKO)
    remove(HANAKO)
    mailbox, row = removed_accounts.of_addresses([HANAKO])[HANAKO]
    assert (mailbox, row) == ("example.jp/hanako", before)
    directory.write([Edit(("accounts", HANAKO), None, row)])
    assert not removed_accounts.of_addresses([HANAKO])
    assert directory.row("accounts", HANAKO) == before


def test_a_new_account_of_the_same_address_gets_a_mailbox_of_its_own() -> None:
    remove(HANAKO)
    moved = removed_accounts.moved([HANAKO, "taro@example.jp"])
    assert moved == {HANAKO: "example.jp/hanako..2"}
    directory.write([Edit(("accounts", HANAKO), None, {MAILBOX: moved[HANAKO]})])
    assert removed_accounts.of_addresses([HANAKO]), "the first one can still come back under another name"
    remove(HANAKO)
    assert removed_accounts.moved([HANAKO]) == {HANAKO: "example.jp/hanako..3"}


def test_a_rename_leaves_nothing_behind_and_keeps_the_old_place_from_others() -> None:
    row = directory.row("accounts", HANAKO)
    assert row is not None
    new = Edit(("accounts", "yamada@example.jp"), None, row | {MAILBOX: "example.jp/hanako"})
    directory.write([new, Edit(("accounts", HANAKO), row, None)])
    assert not removed_accounts.of_addresses([HANAKO])
    assert removed_accounts.moved([HANAKO]) == {HANAKO: "example.jp/hanako..2"}

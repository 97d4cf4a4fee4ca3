"""Which edits are alike, and how they are told."""

from __future__ import annotations

import pytest

from fumibako.document.alike import MANY, Key, counted, key_of
from fumibako.document.alike_words import Alike, told
from fumibako.document.words import Change, describe
from fumibako.schema.edit import Edit
from fumibako.schema.place import Json


def limit(number: int, now: Json = 100) -> Edit:
    return Edit(("accounts", f"a{number}@example.jp", "quota_mb"), None, now)


def said(edits: list[Edit]) -> list[tuple[str, str]]:
    lines: list[Change | Alike] = told([describe(edit) for edit in edits[:1000]], counted(edits))
    return [(line.text.en, line.now.en) for line in lines]


def test_the_same_value_for_many_rows_is_one_line() -> None:
    edits = [limit(number) for number in range(5000)]
    assert said(edits) == [("5,000 accounts: Limit", "100 MBytes")]
    assert said([*edits, *(limit(number, None) for number in range(5000, 5100))]) == [
        ("5,000 accounts: Limit", "100 MBytes"),
        ("100 accounts: Limit", "no limit"),
    ]


def test_a_few_stand_for_themselves() -> None:
    assert len(said([limit(number) for number in range(MANY - 1)])) == MANY - 1


def test_entries_of_a_list_and_rows_that_go_are_one_line_each() -> None:
    clients = [Edit(("access", "permitted_clients", f"10.0.0.{number}"), None, True) for number in range(30)]
    gone = [Edit(("aliases", f"a{number}@example.jp"), {"targets": []}, None) for number in range(40)]
    lines = told([describe(edit) for edit in [*clients, *gone]], counted([*clients, *gone]))
    assert [(line.text.en, line.kind) for line in lines] == [
        ("Clients that may send: 30 entries", "added"),
        ("40 aliases", "removed"),
    ]


def test_a_password_is_in_no_key() -> None:
    edit = Edit(("accounts", "a@example.jp", "password_hash"), None, "{SHA512-CRYPT}$6$x")
    assert "SHA512" not in key_of(edit)
    edits = [Edit(("accounts", f"a{n}@example.jp", "password_hash"), None, f"{{X}}{n}") for n in range(30)]
    assert said(edits) == [("30 accounts: Password hash", "***")]


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", "1", "[[1],2,3]"])
def test_what_is_no_key_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        Key.read(text)
    assert str(Key.read(key_of(limit(1)))) == key_of(limit(1))

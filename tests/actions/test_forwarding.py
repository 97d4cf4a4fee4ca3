"""Forwarding and automatic replies as values of an account: staged, checked, applied, written out and read again."""

from __future__ import annotations

from typing import Any

import pytest

from fumibako.actions import applies, directory_edits, drafts, export
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.files import of_file
from fumibako.actions.proposal import of_draft, of_wanted
from fumibako.document.lookups import statements
from fumibako.schema.edit import Edit
from fumibako.store import directory as store
from fumibako.store import forwards

HANAKO = "hanako@x.jp"
AWAY = {"text": '留守です。\n8 月 20 日に戻ります: #1 "ok"\n', "subject": "不在", "first_day": "2026-08-10"}


@pytest.fixture(autouse=True)
def live(admin: Caller) -> None:
    text = "domains: {x.jp: }\naccounts: {hanako@x.jp: {}, taro@x.jp: {}, jiro@x.jp: {}}\naliases: {info: [hanako]}"
    assert applies.apply(admin, of_file(admin, text)).outcome == "applied"


def staged(admin: Caller, address: str = HANAKO, **fields: Any) -> list[tuple[str, str]]:
    found = drafts.stage(admin, directory_edits.change_account(address, fields)).findings
    return [(each.code, each.path) for each in found]


def test_a_file_carries_both_and_is_unchanged_the_second_time(admin: Caller) -> None:
    staged(admin, forward="taro\n owner@far.example", keep_copy=False, vacation={**AWAY, "addresses": "info"})
    assert applies.apply(admin, of_draft(admin)).outcome == "applied"
    row = store.row("accounts", HANAKO)
    assert row is not None
    assert row["forward"] == ["taro@x.jp", "owner@far.example"]
    assert row["vacation"]["text"] == AWAY["text"]
    assert row["vacation"]["addresses"] == ["info@x.jp"]
    text = export.document(admin, ["accounts"])
    assert applies.apply(admin, of_file(admin, text)).outcome == "unchanged"
    again = text.replace("2026-08-10", "2026-08-11")
    assert applies.apply(admin, of_file(admin, again)).outcome == "applied"
    assert applies.apply(admin, of_file(admin, text)).outcome == "applied"
    assert store.row("accounts", HANAKO) == row


@pytest.mark.parametrize(
    "target",
    ["|/bin/sh", "/etc/passwd", ":include:/etc/passwd", '"|x"@far.example', "a@forward.invalid", "a b", "@far.example"],
)
def test_what_is_no_address_is_refused(admin: Caller, target: str) -> None:
    assert staged(admin, forward=[target])
    assert store.row("accounts", HANAKO)["forward"] == []  # type: ignore[index]


def test_a_circle_of_accounts_and_aliases_is_seen(admin: Caller) -> None:
    assert staged(admin, forward=["taro"], keep_copy=False) == []
    assert ("alias-loop", "accounts/taro@x.jp/forward") in staged(admin, "taro@x.jp", forward=["info"], keep_copy=False)
    assert staged(admin, "taro@x.jp", forward=["info"], keep_copy=True) == []


def test_itself_nobody_and_too_many_are_told(admin: Caller) -> None:
    assert staged(admin, forward=["HANAKO"]) == [("forward-itself", f"accounts/{HANAKO}/forward")]
    assert staged(admin, forward=["nobody"]) == [("target-missing", f"accounts/{HANAKO}/forward")]
    many = [f"a{number}@far.example" for number in range(21)]
    assert staged(admin, forward=many) == [("too-many-targets", f"accounts/{HANAKO}/forward")]


def removed(admin: Caller, table: str, key: str) -> list[tuple[str, str]]:
    found = drafts.stage(admin, [Wanted((table, key), None)]).findings
    return [(each.code, each.path) for each in found]


@pytest.mark.parametrize("applied", [True, False])
def test_who_forwards_to_what_is_removed_is_told_before(admin: Caller, applied: bool) -> None:
    staged(admin, forward=["Taro", "info2@x.jp", "owner@far.example"])
    drafts.stage(admin, [Wanted("aliases/info2@x.jp", {"targets": ["jiro"]}, new=True)])
    if applied:
        assert applies.apply(admin, of_draft(admin)).outcome == "applied"
    missing = ("target-missing", f"accounts/{HANAKO}/forward")
    assert removed(admin, "accounts", "taro@x.jp") == [missing]
    assert missing in removed(admin, "aliases", "info2@x.jp")
    assert removed(admin, "accounts", "jiro@x.jp") == []
    staged(admin, forward=["owner@far.example"])
    drafts.discard(admin)
    if applied:
        assert applies.apply(admin, of_wanted(admin, directory_edits.change_account(HANAKO, {"forward": []}))).run
    assert removed(admin, "accounts", "taro@x.jp") == [], "nobody forwards there any more"


def test_an_account_that_was_renamed_or_removed_forwards_no_more_under_its_old_name(admin: Caller) -> None:
    staged(admin, forward=["taro"])
    assert applies.apply(admin, of_draft(admin)).outcome == "applied"
    view = drafts.view(admin)
    renamed = of_wanted(admin, directory_edits.rename_account(view, HANAKO, "hana@x.jp"))
    assert applies.apply(admin, renamed).outcome == "applied"
    assert forwards.leading_to(["taro@x.jp"], 5) == {"hana@x.jp"}
    assert applies.apply(admin, of_wanted(admin, directory_edits.remove_account("hana@x.jp"))).outcome == "applied"
    assert forwards.leading_to(["taro@x.jp"], 5) == set()


def test_forwarding_into_a_domain_that_goes_or_comes_is_told(admin: Caller) -> None:
    assert applies.apply(admin, of_file(admin, "domains: {y.jp: }\naccounts: {away@y.jp: {}}")).outcome == "applied"
    staged(admin, forward=["away@y.jp"])
    assert applies.apply(admin, of_draft(admin)).outcome == "applied"
    found = drafts.stage(admin, directory_edits.remove_domain(drafts.view(admin), "y.jp", with_accounts=True)).findings
    assert ("target-leaves", f"accounts/{HANAKO}/forward") in [(each.code, each.path) for each in found]


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"first_day": "10.8.2026"}, "not-a-day", "first_day"),
        ({"last_day": "2026-02-30"}, "not-a-day", "last_day"),
        ({"last_day": "2026-08-09"}, "ends-first", "last_day"),
        ({"text": " \n"}, "no-text", "text"),
        ({"text": "a\0b"}, "control-characters", "text"),
        ({"subject": "a\r\nBcc: b@far.example"}, "control-characters", "subject"),
        ({"days": 0}, "out-of-range", "days"),
        ({"addresses": ["|x"]}, None, "addresses"),
    ],
)
def test_a_wrong_reply_is_said_at_its_field(admin: Caller, wrong: dict[str, Any], code: str | None, field: str) -> None:
    ((found, path),) = staged(admin, vacation={**AWAY, **wrong})
    assert code in (None, found)
    assert path.startswith(f"accounts/{HANAKO}/vacation/{field}")


def test_the_look_ups_follow_and_go_back() -> None:
    away = {"enabled": True, "first_day": "", "last_day": "", "subject": "", "text": "x", "days": 7, "addresses": []}
    edit = Edit(("accounts", HANAKO, "vacation"), None, away)
    (made,), (undone,) = statements(edit), statements(edit.inverse())
    assert made.sql.startswith("INSERT OR REPLACE INTO scripts")
    assert undone.sql.startswith("DELETE FROM scripts")
    changed = statements(Edit(("accounts", HANAKO, "forward"), [], ["b@far.example"]))
    assert changed[-1].parameters == (HANAKO, 0, "b", "far.example")

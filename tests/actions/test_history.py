from __future__ import annotations

from typing import Any

import pytest

from fumibako.actions import applies, drafts, history, passwords
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.directory_edits import add_account, add_domain, change_account, remove_account, remove_domain
from fumibako.actions.proposal import of_wanted
from fumibako.actions.trouble import Missing
from fumibako.actions.view import live
from fumibako.store import directory
from tests.fake_node import FakeNode, outcome


def apply(caller: Caller, *wanted: Wanted) -> int:
    result = applies.apply(caller, of_wanted(caller, list(wanted)))
    assert result.outcome == "applied", result.findings
    assert result.revision is not None
    return result.revision


def directory_now() -> dict[str, Any]:
    return dict(directory.page("domains", limit=100)) | dict(directory.page("accounts", limit=100))


def test_every_revision_can_be_brought_back_whatever_came_between(admin: Caller) -> None:
    seen = {1: (live().settings, directory_now())}
    steps: list[list[Wanted]] = [
        add_domain("example.jp"),
        [*add_account("a@example.jp", {"quota_mb": 1})[0], Wanted("basics.message_size_limit", 5)],
        change_account("a@example.jp", {"quota_mb": 2, "name": "あ"}),
        [*add_domain("b.example"), Wanted("basics.local_overrides.smtpd_timeout", "60s")],
        remove_account("a@example.jp"),
        add_account("a@example.jp", {"quota_mb": 3})[0],
        [Wanted("basics.content_filter.port", 10030), Wanted("basics.local_overrides", {})],
        [Wanted("basics.content_filter", None)],
    ]
    for step in steps:
        number = apply(admin, *step)
        seen[number] = (live().settings, directory_now())
    apply(admin, *remove_domain(live(), "example.jp", with_accounts=True))
    for number in [3, 8, 1, 5, 9, 4, 2, 6, 7]:
        assert applies.apply(admin, history.restored(admin, number)).outcome == "applied"
        assert live().settings == seen[number][0], number
        assert directory_now() == seen[number][1], number
        assert history.compare(admin, number) == []


def test_two_revisions_are_compared_both_ways(admin: Caller) -> None:
    one = apply(admin, *add_domain("example.jp"), *add_account("a@example.jp", {"quota_mb": 1})[0])
    apply(admin, *change_account("a@example.jp", {"quota_mb": 2}))
    three = apply(admin, *change_account("a@example.jp", {"quota_mb": 3}), Wanted("basics.message_size_limit", 0))
    forward = history.edits_between_revisions(admin, one, three)
    assert [(edit.path, edit.was, edit.now) for edit in forward] == [
        ("basics.message_size_limit", 10_485_760, 0),
        ("accounts/a@example.jp/quota_mb", 1, 3),
    ]
    backward = history.edits_between_revisions(admin, three, one)
    assert [edit.inverse() for edit in backward] == forward


def test_a_revision_that_went_back_is_no_part_of_what_came_after(admin: Caller, node: FakeNode) -> None:
    well = node.answer
    node.answer = lambda run: outcome("rolled_back")
    assert applies.apply(admin, of_wanted(admin, add_domain("example.jp"))).outcome == "rolled_back"
    node.answer = well
    three = apply(admin, *add_domain("example.com"))
    assert [edit.path for edit in history.edits_between_revisions(admin, 1, three)] == ["domains/example.com"]
    across = {edit.path: edit.now for edit in history.edits_between_revisions(admin, 2, three)}
    assert across == {"domains/example.jp": None, "domains/example.com": {}}


def test_bringing_back_can_be_staged_first(admin: Caller) -> None:
    apply(admin, *add_domain("example.jp"), Wanted("basics.message_size_limit", 0))
    assert history.restored_to_draft(admin, 1).ok
    assert drafts.counts(admin) == {"basics": 1, "domains": 1}
    assert live().settings["basics"]["message_size_limit"] == 0


def test_a_revision_says_that_it_brings_another_back(admin: Caller) -> None:
    apply(admin, *add_domain("example.jp"))
    applies.apply(admin, history.restored(admin, 1))
    line, result = history.one(admin, 3)
    assert (line.restores, line.changes[0].kind) == (1, "removed")
    assert result is not None
    assert result.outcome == "applied"


def test_there_is_no_revision_that_there_is_not(admin: Caller) -> None:
    with pytest.raises(Missing):
        history.restored(admin, 99)


def test_the_history_is_read_in_pages(admin: Caller) -> None:
    for size in range(1, 5):
        apply(admin, Wanted("basics.message_size_limit", size))
    lines, more = history.page(admin, limit=2)
    assert [line.number for line in lines] == [5, 4]
    lines, more = history.page(admin, limit=2, before=more)
    assert [line.number for line in lines] == [3, 2]
    lines, more = history.page(admin, limit=2, before=more)
    assert ([line.number for line in lines], more) == ([1], None)


def test_no_password_hash_is_shown_anywhere_in_the_history(admin: Caller) -> None:
    wanted, _ = add_account("a@example.jp", password="first-password")
    apply(admin, *add_domain("example.jp"), *wanted)
    passwords.set_password(admin, "a@example.jp", "second-password")
    for number in (2, 3):
        line, result = history.one(admin, number)
        assert result is not None
        assert "argon2" not in str(line.as_json("en")) + str(result.as_json("en"))

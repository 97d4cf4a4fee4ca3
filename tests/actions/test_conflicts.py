from __future__ import annotations

from fumibako.actions import applies, conflicts, drafts
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.directory_edits import add_account, add_domain, change_account, remove_account
from fumibako.actions.proposal import of_draft, of_wanted
from fumibako.actions.view import live
from fumibako.store import directory

SIZE = "basics.message_size_limit"


def apply(caller: Caller, *wanted: Wanted) -> str:
    return applies.apply(caller, of_wanted(caller, list(wanted))).outcome


def test_the_second_sees_what_the_first_changed_and_nothing_is_overwritten(hanako: Caller, taro: Caller) -> None:
    drafts.stage(hanako, [Wanted(SIZE, 1111)])
    assert apply(taro, Wanted(SIZE, 2222)) == "applied"
    (conflict,) = conflicts.found(hanako)
    assert (conflict.path, conflict.who, conflict.revision) == (SIZE, "taro", 2)
    assert "1,111" in conflict.mine.now.en
    assert "2,222" in conflict.theirs.now.en
    proposal = of_draft(hanako)
    assert [finding.code for finding in proposal.findings] == ["conflict"]
    assert applies.apply(hanako, proposal).outcome == "refused"
    assert live().settings["basics"]["message_size_limit"] == 2222


def test_mine_is_kept_upon_theirs(hanako: Caller, taro: Caller) -> None:
    drafts.stage(hanako, [Wanted(SIZE, 1111)])
    apply(taro, Wanted(SIZE, 2222))
    conflicts.resolve(hanako, SIZE, "mine")
    assert conflicts.found(hanako) == []
    assert [(edit.was, edit.now) for edit in drafts.edits(hanako)] == [(2222, 1111)]
    assert applies.apply(hanako, of_draft(hanako)).outcome == "applied"


def test_theirs_is_taken_and_mine_leaves_the_draft(hanako: Caller, taro: Caller) -> None:
    drafts.stage(hanako, [Wanted(SIZE, 1111)])
    apply(taro, Wanted(SIZE, 2222))
    conflicts.resolve(hanako, SIZE, "theirs")
    assert drafts.counts(hanako) == {}


def test_other_places_do_not_conflict(hanako: Caller, taro: Caller) -> None:
    drafts.stage(hanako, [Wanted(SIZE, 1111)])
    apply(taro, Wanted("basics.services.imap.enabled", False))
    assert conflicts.found(hanako) == []
    assert applies.apply(hanako, of_draft(hanako)).outcome == "applied"
    basics = live().settings["basics"]
    assert (basics["message_size_limit"], basics["services"]["imap"]["enabled"]) == (1111, False)


def test_what_somebody_else_has_done_just_so_leaves_the_draft(hanako: Caller, taro: Caller) -> None:
    drafts.stage(hanako, [Wanted(SIZE, 1111)])
    apply(taro, Wanted(SIZE, 1111))
    assert conflicts.found(hanako) == []
    assert drafts.counts(hanako) == {}


def test_two_add_the_same_account_with_different_limits(hanako: Caller, taro: Caller) -> None:
    apply(taro, *add_domain("example.jp"))
    drafts.stage(hanako, add_account("a@example.jp", {"quota_mb": 1, "name": "A"})[0])
    apply(taro, *add_account("a@example.jp", {"quota_mb": 2, "name": "A"})[0])
    (conflict,) = conflicts.found(hanako)
    conflicts.resolve(hanako, conflict.path, "mine")
    assert [edit.path for edit in drafts.edits(hanako)] == ["accounts/a@example.jp/quota_mb"]
    assert applies.apply(hanako, of_draft(hanako)).outcome == "applied"
    assert directory.rows("accounts", ["a@example.jp"])["a@example.jp"]["quota_mb"] == 1


def test_a_change_of_an_account_that_somebody_removed_cannot_be_kept(hanako: Caller, taro: Caller) -> None:
    apply(taro, *add_domain("example.jp"), *add_account("a@example.jp")[0])
    drafts.stage(hanako, change_account("a@example.jp", {"quota_mb": 5}))
    apply(taro, *remove_account("a@example.jp"))
    (conflict,) = conflicts.found(hanako)
    assert conflict.who == "taro"
    conflicts.resolve(hanako, conflict.path, "mine")
    assert drafts.counts(hanako) == {}


def test_a_removal_conflicts_with_a_change_of_the_same_account(hanako: Caller, taro: Caller) -> None:
    apply(taro, *add_domain("example.jp"), *add_account("a@example.jp")[0])
    drafts.stage(hanako, remove_account("a@example.jp"))
    apply(taro, *change_account("a@example.jp", {"quota_mb": 5}))
    (conflict,) = conflicts.found(hanako)
    assert conflict.path == "accounts/a@example.jp"
    conflicts.resolve(hanako, conflict.path, "mine")
    assert applies.apply(hanako, of_draft(hanako)).outcome == "applied"
    assert directory.row("accounts", "a@example.jp") is None


def test_a_proposal_that_somebody_overtook_is_applied_where_places_differ_and_refused_where_they_do_not(
    hanako: Caller, taro: Caller
) -> None:
    slow, slower = of_wanted(hanako, [Wanted(SIZE, 1)]), of_wanted(hanako, [Wanted(SIZE, 2)])
    apply(taro, Wanted("basics.services.imap.enabled", False))
    assert applies.apply(hanako, slow).outcome == "applied"
    refused = applies.apply(hanako, slower)
    assert (refused.outcome, [finding.code for finding in refused.findings]) == ("refused", ["conflict"])

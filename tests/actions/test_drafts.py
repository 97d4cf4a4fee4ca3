from __future__ import annotations

import pytest

from fumibako.actions import applies, drafts
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.directory_edits import add_account, add_domain, change_account, remove_account, remove_domain
from fumibako.actions.proposal import of_draft, of_wanted
from fumibako.actions.view import live as live_view
from fumibako.store import directory, revisions
from tests.fake_node import FakeNode


def staged(caller: Caller) -> dict[str, str]:
    return {each.path: each.change.kind for each in drafts.listed(caller)}


def codes(result: drafts.Staged) -> list[str]:
    return [finding.code for finding in result.findings]


def live(caller: Caller, *wanted: Wanted) -> None:
    assert applies.apply(caller, of_wanted(caller, list(wanted))).outcome == "applied"


def test_a_staged_edit_is_seen_by_its_author_alone_and_changes_nothing(hanako: Caller, taro: Caller) -> None:
    assert drafts.stage(hanako, [Wanted("basics.message_size_limit", "5000")]).ok
    assert drafts.view(hanako).settings["basics"]["message_size_limit"] == 5000
    assert drafts.view(taro).settings["basics"]["message_size_limit"] == 10_485_760
    assert revisions.head().number == 1
    assert drafts.counts(hanako) == {"basics": 1}
    assert drafts.counts(taro) == {}


def test_an_account_may_be_staged_in_a_domain_that_is_only_staged(admin: Caller) -> None:
    assert drafts.stage(admin, add_domain("例え.jp")).ok
    wanted, _ = add_account("Hanako@例え.jp", {"quota_mb": "100"}, password="secret-secret")
    assert drafts.stage(admin, wanted).ok
    assert staged(admin) == {"domains/xn--r8jz45g.jp": "added", "accounts/hanako@xn--r8jz45g.jp": "added"}
    row = drafts.view(admin).row("accounts", "hanako@xn--r8jz45g.jp")
    assert row is not None
    assert row["quota_mb"] == 100
    assert row["password_hash"].startswith("{ARGON2ID}$argon2id$")


def test_an_account_needs_its_domain(admin: Caller) -> None:
    wanted, _ = add_account("a@nowhere.example")
    result = drafts.stage(admin, wanted)
    assert codes(result) == ["no-such-domain"]
    assert staged(admin) == {}


def test_nothing_is_staged_when_one_of_many_edits_is_wrong(admin: Caller) -> None:
    result = drafts.stage(admin, [Wanted("basics.message_size_limit", 5), Wanted("basics.services.smtp.port", "25x")])
    assert codes(result) == ["not-an-integer"]
    assert staged(admin) == {}


def test_editing_back_to_what_serves_leaves_nothing_staged(admin: Caller) -> None:
    drafts.stage(admin, [Wanted("basics.message_size_limit", 5000)])
    drafts.stage(admin, [Wanted("basics.message_size_limit", 10_485_760)])
    assert staged(admin) == {}


def test_fields_of_a_staged_row_become_part_of_it(admin: Caller) -> None:
    drafts.stage(admin, add_domain("example.jp"))
    drafts.stage(admin, add_account("a@example.jp")[0])
    drafts.stage(admin, change_account("a@example.jp", {"quota_mb": 5, "name": "あ"}))
    assert staged(admin) == {"domains/example.jp": "added", "accounts/a@example.jp": "added"}
    assert drafts.view(admin).row("accounts", "a@example.jp") == {
        "name": "あ",
        "password_hash": None,
        "quota_mb": 5,
        "enabled": True,
        "may_send": True,
        "may_receive": True,
        "forward": [],
        "keep_copy": True,
        "vacation": None,
        "language": None,
    }


def test_removing_what_was_only_staged_leaves_nothing(admin: Caller) -> None:
    drafts.stage(admin, add_domain("example.jp"))
    drafts.stage(admin, remove_domain(drafts.view(admin), "example.jp"))
    assert staged(admin) == {}


def test_a_row_removed_and_added_again_is_the_same_row_with_other_fields(admin: Caller) -> None:
    live(admin, *add_domain("example.jp"), *add_account("a@example.jp", {"quota_mb": 5})[0])
    drafts.stage(admin, remove_account("a@example.jp"))
    assert staged(admin) == {"accounts/a@example.jp": "removed"}
    drafts.stage(admin, add_account("a@example.jp", {"quota_mb": 7})[0])
    assert staged(admin) == {"accounts/a@example.jp/quota_mb": "changed"}


def test_a_removal_takes_the_staged_changes_of_its_row(admin: Caller) -> None:
    live(admin, *add_domain("example.jp"), *add_account("a@example.jp", {"quota_mb": 5})[0])
    drafts.stage(admin, change_account("a@example.jp", {"quota_mb": 7}))
    drafts.stage(admin, remove_account("a@example.jp"))
    assert staged(admin) == {"accounts/a@example.jp": "removed"}
    assert drafts.edits(admin)[0].was["quota_mb"] == 5


def test_adding_what_is_there_is_a_finding(admin: Caller) -> None:
    live(admin, *add_domain("example.jp"))
    assert codes(drafts.stage(admin, add_domain("EXAMPLE.jp"))) == ["exists"]


def test_a_domain_with_accounts_is_removed_only_with_them(admin: Caller) -> None:
    live(admin, *add_domain("example.jp"), *add_account("a@example.jp")[0], *add_account("b@example.jp")[0])
    view = drafts.view(admin)
    assert view.number_in("accounts", "example.jp") == 2
    assert codes(drafts.stage(admin, remove_domain(view, "example.jp"))) == ["domain-has-accounts"]
    assert drafts.stage(admin, remove_domain(view, "example.jp", with_accounts=True)).ok
    assert len(staged(admin)) == 3


def test_taking_back_a_domains_removal_takes_back_its_accounts_removal(admin: Caller) -> None:
    live(admin, *add_domain("example.jp"), *add_account("a@example.jp")[0])
    drafts.stage(admin, remove_domain(drafts.view(admin), "example.jp", with_accounts=True))
    assert drafts.unstage(admin, "domains/example.jp") == 2
    assert staged(admin) == {}


@pytest.mark.parametrize("path", ["basics.services.submission.port", "basics.services.submission"])
def test_a_place_or_a_group_is_taken_back(admin: Caller, path: str) -> None:
    drafts.stage(admin, [Wanted("basics.services.submission.port", 5870), Wanted("basics.message_size_limit", 0)])
    assert drafts.unstage(admin, path) == 1
    assert staged(admin) == {"basics.message_size_limit": "changed"}


def test_a_chapter_is_discarded_alone(admin: Caller) -> None:
    drafts.stage(admin, [Wanted("basics.message_size_limit", 0), *add_domain("example.jp")])
    assert drafts.discard(admin, ["domains"]) == 1
    assert staged(admin) == {"basics.message_size_limit": "changed"}
    assert drafts.discard(admin) == 1
    assert staged(admin) == {}


def test_a_chapter_is_applied_alone_and_leaves_the_draft(admin: Caller, node: FakeNode) -> None:
    drafts.stage(admin, [Wanted("basics.message_size_limit", 0), *add_domain("example.jp")])
    assert applies.apply(admin, of_draft(admin, ["domains"])).outcome == "applied"
    assert staged(admin) == {"basics.message_size_limit": "changed"}
    assert directory.row("domains", "example.jp") == {}


def test_options_of_a_group_that_is_off_wake_it(admin: Caller) -> None:
    assert drafts.stage(admin, [Wanted("basics.content_filter.port", 10030)]).ok
    assert drafts.view(admin).settings["basics"]["content_filter"] == {
        "host": "127.0.0.1",
        "port": 10030,
        "reinject_port": 10026,
    }
    assert drafts.stage(admin, [Wanted("basics.content_filter", None)]).ok
    assert staged(admin) == {}


def test_own_parameters_are_edited_one_by_one(admin: Caller) -> None:
    assert drafts.stage(admin, [Wanted("basics.local_overrides.smtpd_timeout", "60s")]).ok
    assert staged(admin) == {"basics.local_overrides.smtpd_timeout": "added"}
    assert drafts.stage(admin, [Wanted("basics.local_overrides.smtpd_timeout", None)]).ok
    assert staged(admin) == {}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("basics.messagesize", "unknown-key"),
        ("nonsense", "unknown-key"),
        ("", "unknown-key"),
        ("basics.services.smtp.port.x", "unknown-key"),
        ("accounts/a@example.jp/shell", "unknown-key"),
        ("accounts/a@example.jp/quota_mb", "not-found"),
    ],
)
def test_a_place_that_there_is_not_is_a_finding(admin: Caller, path: str, code: str) -> None:
    assert codes(drafts.stage(admin, [Wanted(path, "1")])) == [code]


def test_an_edit_that_says_what_it_saw_is_refused_when_that_is_not_so(admin: Caller) -> None:
    assert codes(drafts.stage(admin, [Wanted("basics.message_size_limit", 5, was=7)])) == ["conflict"]
    assert drafts.stage(admin, [Wanted("basics.message_size_limit", 5, was=10_485_760)]).ok


def test_names_without_a_domain_belong_to_the_first_domain_by_name_as_on_the_node(admin: Caller) -> None:
    live(admin, *add_domain("m.example"))
    assert drafts.view(admin).primary_domain == "m.example"
    assert drafts.stage(admin, add_domain("a.example")).ok
    assert drafts.view(admin).primary_domain == "a.example"
    assert drafts.stage(admin, add_domain("z.example")).ok
    assert drafts.view(admin).primary_domain == "a.example"
    live(admin, *add_domain("b.example"))
    drafts.discard(admin)
    assert drafts.view(admin).primary_domain == "b.example"
    live(admin, *remove_domain(live_view(), "b.example"))
    assert drafts.view(admin).primary_domain == "m.example"


def test_a_large_draft_is_merged_with_what_is_staged_for_its_rows(
    admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From `MANY` rows on the draft is read whole; what comes of it is the same."""
    monkeypatch.setattr("fumibako.store.drafts.MANY", 3)
    names = [f"u{number}@example.jp" for number in range(8)]
    live(admin, *add_domain("example.jp"), *(Wanted(("accounts", name), {"quota_mb": 5}) for name in names))
    drafts.stage(admin, [Wanted(("accounts", names[0], "name"), "零"), Wanted(("accounts", names[1], "quota_mb"), 9)])
    drafts.stage(admin, [Wanted("basics.message_size_limit", 5000), Wanted(("accounts", "new@example.jp"), {})])
    many = [Wanted(("accounts", name, "quota_mb"), 7) for name in [*names, "new@example.jp"]]
    assert len(drafts.stage(admin, many).edits) == 10  # the name of the first is among them
    assert drafts.counts(admin) == {"accounts": 2, "basics": 1, "quotas": 8}
    edits = {edit.path: (edit.was, edit.now) for edit in drafts.edits(admin, ["accounts", "quotas"])}
    assert edits[f"accounts/{names[1]}/quota_mb"] == (5, 7)
    assert edits[f"accounts/{names[0]}/name"] == ("", "零")
    assert edits["accounts/new@example.jp"][1]["quota_mb"] == 7
    assert drafts.view(admin).rows("accounts", names)[names[0]]["name"] == "零"
    assert drafts.stage(admin, [Wanted(("accounts", name, "quota_mb"), 5) for name in names]).ok
    assert drafts.counts(admin) == {"accounts": 2, "basics": 1}
    assert drafts.stage(admin, many).ok
    assert applies.apply(admin, of_draft(admin)).outcome == "applied"
    assert drafts.counts(admin) == {}
    assert {row["quota_mb"] for row in directory.rows("accounts", names).values()} == {7}


def test_an_apply_of_some_takes_only_those_from_the_draft(admin: Caller) -> None:
    live(admin, *add_domain("example.jp"), *add_account("a@example.jp")[0])
    drafts.stage(admin, [*change_account("a@example.jp", {"quota_mb": 7, "name": "あ"}), *add_domain("example.net")])
    live(admin, *change_account("a@example.jp", {"quota_mb": 7}), *change_account("a@example.jp", {"name": "い"}))
    assert staged(admin) == {"accounts/a@example.jp/name": "changed", "domains/example.net": "added"}


def test_a_domains_accounts_are_counted_with_what_is_staged(admin: Caller) -> None:
    live(admin, *add_domain("example.jp"), *add_account("a@example.jp")[0], *add_account("b@example.jp")[0])
    drafts.stage(admin, [*add_account("c@example.jp")[0], *remove_account("a@example.jp")])
    view = drafts.view(admin)
    assert view.number_in("accounts", "example.jp") == 2
    assert view.keys_in("accounts", "example.jp") == ["b@example.jp", "c@example.jp"]
    assert drafts.stage(admin, remove_domain(view, "example.jp", with_accounts=True)).ok
    assert drafts.view(admin).number_in("accounts", "example.jp") == 0
    assert applies.apply(admin, of_draft(admin)).outcome == "applied"
    assert directory.count("accounts") == 0

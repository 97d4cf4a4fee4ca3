from __future__ import annotations

import pytest

from fumibako.actions import applies, directory, drafts
from fumibako.actions.caller import Caller
from fumibako.actions.directory_edits import add_account, add_domain, change_account, remove_account
from fumibako.actions.proposal import of_wanted
from fumibako.actions.trouble import Missing


@pytest.fixture
def twelve(admin: Caller) -> Caller:
    """a01 … a12 serve."""
    wanted = add_domain("example.jp")
    for number in range(1, 13):
        wanted += add_account(f"a{number:02}@example.jp")[0]
    assert applies.apply(admin, of_wanted(admin, wanted)).outcome == "applied"
    return admin


def names(page: directory.Page) -> list[str]:
    return [line.key.partition("@")[0] for line in page.lines]


def test_pages_go_forward_and_back(twelve: Caller) -> None:
    one = directory.accounts(twelve, limit=5)
    assert (names(one), one.before, one.total, one.found) == (["a01", "a02", "a03", "a04", "a05"], None, 12, 12)
    two = directory.accounts(twelve, limit=5, after=one.after or "")
    three = directory.accounts(twelve, limit=5, after=two.after or "")
    assert (names(three), three.after) == (["a11", "a12"], None)
    back = directory.accounts(twelve, limit=5, before=three.before or "")
    assert names(back) == names(two)
    first = directory.accounts(twelve, limit=5, before=back.before or "")
    assert (names(first), first.before) == (names(one), None)


def test_a_search_is_a_prefix_and_says_how_many_it_finds(twelve: Caller) -> None:
    page = directory.accounts(twelve, search="A1", limit=2)
    assert (names(page), page.found, page.more, page.total) == (["a10", "a11"], 3, False, 12)
    assert names(directory.accounts(twelve, search="%")) == []
    assert directory.accounts(twelve, domain="example.jp").found == 12
    assert directory.accounts(twelve, domain="other.example").found == 0


def test_what_is_staged_stands_where_it_will_be(twelve: Caller) -> None:
    drafts.stage(twelve, add_account("a02x@example.jp")[0])
    drafts.stage(twelve, add_account("zz@example.jp")[0])
    drafts.stage(twelve, remove_account("a03@example.jp"))
    drafts.stage(twelve, change_account("a04@example.jp", {"quota_mb": 7}))
    seen: list[tuple[str, str]] = []
    after = ""
    while True:
        page = directory.accounts(twelve, limit=3, after=after)
        seen += [(line.key.partition("@")[0], line.mark) for line in page.lines]
        if page.after is None:
            break
        after = page.after
    expected = {"a02x": "added", "zz": "added", "a03": "removed", "a04": "changed"}
    keys = sorted([*(f"a{number:02}" for number in range(1, 13)), "a02x", "zz"])
    assert seen == [(key, expected.get(key, "")) for key in keys]
    backward: list[str] = []
    before = "zzz"
    while True:
        page = directory.accounts(twelve, limit=3, before=before)
        backward = names(page) + backward
        if page.before is None:
            break
        before = page.before
    assert backward == keys
    line = directory.one(twelve, "accounts", "a04@example.jp")
    assert (line.row["quota_mb"], line.changed) == (7, ("quota_mb",))


def test_without_the_draft_only_what_serves_is_listed(twelve: Caller) -> None:
    drafts.stage(twelve, add_account("zz@example.jp")[0])
    assert "zz" not in names(directory.accounts(twelve, limit=100, draft=False))
    with pytest.raises(Missing):
        directory.one(twelve, "accounts", "zz@example.jp", draft=False)


def test_domains_are_listed_with_how_many_accounts_they_have(twelve: Caller) -> None:
    drafts.stage(twelve, add_domain("new.example"))
    page = directory.domains(twelve)
    assert [(line.key, line.accounts, line.mark) for line in page.lines] == [
        ("example.jp", 12, ""),
        ("new.example", 0, "added"),
    ]
    assert page.total == 1


def test_hashes_are_covered(twelve: Caller) -> None:
    drafts.stage(twelve, add_account("zz@example.jp", password="a good password")[0])
    line = directory.one(twelve, "accounts", "zz@example.jp")
    assert line.row["password_hash"] == "***"
    assert line.as_json("accounts")["has_password"] is True
    assert directory.one(twelve, "accounts", "a01@example.jp").row["password_hash"] is None

"""System accounts through every door of the console: told by the agent, listed, limited, staged, written out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fumibako.actions import applies, directory_edits, drafts, export, quotas, system_users
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.files import of_file
from fumibako.actions.trouble import Denied, Missing
from fumibako.store import usage

USERS = [
    ["root", 0, "root", ""],
    ["daemon", 1, "daemon", ""],
    ["jiro", 1001, "Jiro", "jiro@x.jp"],
    ["taro", 1002, "Taro", "taro@x.jp"],
    ["Odd", 1003, "", ""],
    ["nobody", 65534, "nobody", ""],
]


@pytest.fixture(autouse=True)
def live(admin: Caller) -> None:
    text = "basics: {system_accounts: true}\ndomains: {x.jp: }\naccounts: {hanako@x.jp: {}, taro@x.jp: {}}"
    assert applies.apply(admin, of_file(admin, text)).outcome == "applied"
    told(admin, USERS)


def told(admin: Caller, users: list[list[Any]]) -> None:
    system_users.heard(replace(admin, power="agent"), {"users": users})


def states(admin: Caller) -> dict[str, str]:
    return {line.name: line.state for line in system_users.listed(admin)}


def test_all_users_are_listed_and_only_those_who_may_take_mail(admin: Caller) -> None:
    assert states(admin) == {
        "root": "never",
        "daemon": "never",
        "nobody": "never",
        "Odd": "never",
        "jiro": "receives",
        "taro": "hidden",
    }
    assert [line.name for line in system_users.listed(admin, "ji")] == ["jiro"]
    told(admin, [["jiro", 1001, "Jiro", ""]])
    assert states(admin) == {"jiro": "off"}


def test_only_the_agent_tells_of_users_and_only_who_sees_all_sees_them(admin: Caller) -> None:
    with pytest.raises(Denied):
        system_users.heard(replace(admin, via="session"), {"users": []})
    assert system_users.listed(replace(admin, power="domain_admin", domains=frozenset({"x.jp"}))) == []


def test_a_limit_is_staged_taken_back_and_applied(admin: Caller) -> None:
    assert drafts.stage(admin, [system_users.wanted("jiro", "10")]).ok
    line = system_users.one(admin, "jiro")
    assert (line.live, line.limit, line.mark) == (None, 10, "changed")
    assert drafts.listed(admin)[0].edit.path == "basics.system_limits.jiro"
    drafts.unstage(admin, line.path)
    assert system_users.one(admin, "jiro").mark == ""
    applied = applies.apply(
        admin, of_file(admin, "basics: {system_accounts: true, system_limits: {jiro: {quota_mb: 10}}}")
    )
    assert applied.outcome == "applied"
    assert system_users.one(admin, "jiro").live == 10
    assert "jiro:\n" in export.document(admin, ["basics"])
    assert drafts.stage(admin, [system_users.wanted("jiro", None)]).ok
    assert system_users.one(admin, "jiro").limit is None


@pytest.mark.parametrize("limit", ["-1", "0", "1e30", "10MB", ""])
def test_no_limit_is_taken_that_is_none(admin: Caller, limit: str) -> None:
    assert not drafts.stage(admin, [system_users.wanted("jiro", limit)]).ok
    assert drafts.listed(admin) == []


@pytest.mark.parametrize("name", ["a b", "../x", "x\ny", "名前", "a" * 33, "-x"])
def test_a_name_with_odd_letters_has_no_limit(admin: Caller, name: str) -> None:
    staged = drafts.stage(admin, [Wanted(("basics", "system_limits", name), {"quota_mb": 1})])
    assert not staged.ok, name


def test_who_takes_no_mail_has_no_page(admin: Caller) -> None:
    for name in ("root", "Odd", "who"):
        with pytest.raises(Missing):
            system_users.one(admin, name)


def test_the_bulk_limit_knows_them_by_address_and_by_name(admin: Caller) -> None:
    _, staged = quotas.stage_many(admin, ["jiro", "hanako@x.jp", "taro", "root", "who"], "5")
    assert sorted(each.path for each in staged.edits) == [
        "accounts/hanako@x.jp/quota_mb",
        "accounts/taro@x.jp/quota_mb",
        "basics.system_limits.jiro",
    ]
    assert quotas.preview(admin, ["jiro", "root"], "7").unknown == ("root",)
    narrow = replace(admin, power="domain_admin", domains=frozenset({"x.jp"}))
    assert quotas.preview(narrow, ["jiro@x.jp"], "7").unknown == ("jiro@x.jp",)


def test_how_full_they_are_is_heard_with_the_accounts(admin: Caller) -> None:
    usage.hear(usage.heard(), ("e", 2), [("jiro@x.jp", 2_097_152, 3), ("hanako@x.jp", 1, 1)])
    line = system_users.one(admin, "jiro")
    assert (line.used, line.messages) == (2_097_152, 3)
    told(admin, USERS)
    assert system_users.one(admin, "jiro").used == 2_097_152


def test_an_account_of_the_same_address_is_told_to_hide_them(admin: Caller) -> None:
    wanted, _ = directory_edits.add_account("jiro@x.jp")
    assert [each.code for each in drafts.stage(admin, wanted).findings] == ["hides-system-account"]


def test_an_alias_and_the_administrator_may_lead_to_one(admin: Caller) -> None:
    assert drafts.stage(admin, directory_edits.add_alias("team", ["jiro"])).findings == ()
    assert drafts.stage(admin, [Wanted("basics.administrator", "jiro@x.jp")]).ok

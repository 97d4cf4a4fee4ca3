"""Aliases through every door: staged, checked, applied, listed, written out and read again."""

from __future__ import annotations

from typing import Any

import pytest

from fumibako.actions import alias_csv, applies, directory, directory_edits, drafts, export
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.drafts import Staged
from fumibako.actions.files import of_file
from fumibako.actions.proposal import of_wanted
from fumibako.store import directory as store
from fumibako.store.models import AliasTarget


@pytest.fixture(autouse=True)
def live(admin: Caller) -> None:
    text = "domains: {x.jp: }\naccounts: {hanako@x.jp: {}, taro@x.jp: {}}\naliases: {info: [hanako, taro]}"
    assert applies.apply(admin, of_file(admin, text)).outcome == "applied"


def targets(key: str) -> Any:
    row = store.row("aliases", key)
    return row and row["targets"]


def codes(staged: Staged) -> list[str]:
    return [each.code for each in staged.findings]


def test_the_file_writes_an_alias_as_a_list(admin: Caller) -> None:
    assert targets("info@x.jp") == ["hanako@x.jp", "taro@x.jp"]
    text = export.document(admin, ["aliases"])
    assert "info@x.jp:\n    - hanako@x.jp\n    - taro@x.jp\n" in text
    assert applies.apply(admin, of_file(admin, text)).outcome == "unchanged"
    assert applies.apply(admin, of_file(admin, "aliases: {info@x.jp: taro}")).outcome == "applied"
    assert targets("info@x.jp") == ["taro@x.jp"]
    assert applies.apply(admin, of_file(admin, "aliases: {}"), comment="prune nothing").outcome == "unchanged"
    assert applies.apply(admin, of_file(admin, "aliases: {}", prune=True)).outcome == "applied"
    assert store.count("aliases") == 0


def test_an_alias_is_staged_changed_and_taken_back(admin: Caller) -> None:
    assert drafts.stage(admin, directory_edits.add_alias("Sales", "hanako\n\n partner@far.example\r\n")).ok
    assert drafts.stage(admin, directory_edits.set_alias("info", ["taro"])).ok
    page = directory.aliases(admin)
    assert [(each.key, each.mark, each.row["targets"]) for each in page.lines] == [
        ("info@x.jp", "changed", ["taro@x.jp"]),
        ("sales@x.jp", "added", ["hanako@x.jp", "partner@far.example"]),
    ]
    drafts.unstage(admin, "aliases/info@x.jp")
    drafts.stage(admin, directory_edits.remove_alias("info"))
    assert [each.mark for each in directory.aliases(admin).lines] == ["removed", "added"]
    drafts.unstage(admin, "aliases/info@x.jp/")
    assert codes(drafts.stage(admin, directory_edits.add_alias("sales", ["taro"]))) == ["exists"]
    assert codes(drafts.stage(admin, directory_edits.set_alias("gone", ["taro"]))) == ["not-found"]


def test_bad_targets_are_refused_and_nothing_is_staged(admin: Caller) -> None:
    for target, code in (("|sh", "target-command"), ("/etc/x", "target-file"), (":include:/x", "target-include")):
        assert codes(drafts.stage(admin, directory_edits.add_alias("bad", [target]))) == [code]
    assert codes(drafts.stage(admin, directory_edits.add_alias("bad", ""))) == ["no-targets"]
    assert codes(drafts.stage(admin, directory_edits.add_alias("a@other.jp", ["hanako"]))) == ["no-such-domain"]
    assert codes(drafts.stage(admin, directory_edits.set_alias("info", ["info2", "|sh"]))) == ["target-command"]
    assert drafts.listed(admin) == []


def test_doubles_are_taken_once_and_said(admin: Caller) -> None:
    staged = drafts.stage(admin, directory_edits.add_alias("dup", ["hanako", "HANAKO@x.jp", "taro"]))
    assert (staged.ok, codes(staged)) == (True, ["duplicate-target"])
    assert staged.edits[0].now == {"targets": ["hanako@x.jp", "taro@x.jp"]}


def test_what_is_odd_is_shown_before_it_is_applied(admin: Caller) -> None:
    assert codes(drafts.stage(admin, directory_edits.add_alias("hanako", ["taro"]))) == ["alias-hides-account"]
    assert codes(drafts.stage(admin, directory_edits.add_alias("odd", ["typo"]))) == ["target-missing"]
    # With the account that is staged it is not odd any more.
    wanted, _ = directory_edits.add_account("typo@x.jp")
    assert codes(drafts.stage(admin, wanted)) == []
    assert codes(drafts.stage(admin, directory_edits.set_alias("odd", ["typo", "taro"]))) == []
    assert codes(drafts.stage(admin, directory_edits.remove_account("taro@x.jp"))) == ["target-missing"] * 3


def test_a_loop_is_refused_also_by_the_alias_that_closes_it(admin: Caller) -> None:
    assert codes(drafts.stage(admin, directory_edits.add_alias("one", ["two"]))) == ["target-missing"]
    assert codes(drafts.stage(admin, directory_edits.add_alias("two", ["one"]))) == ["alias-loop"]


def test_a_domain_goes_with_its_aliases(admin: Caller) -> None:
    apply = of_wanted(admin, [Wanted("domains/y.jp", {}), Wanted("aliases/a@y.jp", ["hanako@x.jp"])])
    assert applies.apply(admin, apply).outcome == "applied"
    assert applies.apply(admin, of_wanted(admin, [Wanted("aliases/b@x.jp", ["c@y.jp"])])).outcome == "applied"
    alone = applies.apply(admin, of_wanted(admin, [Wanted("domains/y.jp", None)]))
    assert [each.code for each in alone.findings] == ["domain-has-aliases"]
    whole = directory_edits.remove_domain(views.live(), "y.jp", with_accounts=True)
    drafts.stage(admin, whole)
    assert drafts.counts(admin) == {"aliases": 1, "domains": 1}
    drafts.unstage(admin, "domains/y.jp")
    assert drafts.counts(admin) == {}
    gone = applies.apply(admin, of_wanted(admin, whole))
    assert (gone.outcome, [each.code for each in gone.findings]) == ("applied", ["target-leaves"])
    back = applies.apply(admin, of_wanted(admin, [Wanted("domains/y.jp", {})]))
    assert [each.code for each in back.findings] == ["target-missing"]


def test_a_csv_file_makes_aliases_and_comes_out_again(admin: Caller) -> None:
    text = "address,targets\ninfo,taro\ninfo@x.jp,hanako@x.jp; partner@far.example\n'@x.jp,hanako\n"
    wanted, found = alias_csv.wanted_of(views.live(), text)
    assert found == []
    assert applies.apply(admin, of_wanted(admin, wanted)).outcome == "applied"
    assert targets("info@x.jp") == ["taro@x.jp", "hanako@x.jp", "partner@far.example"]
    assert targets("@x.jp") == ["hanako@x.jp"]
    again, found = alias_csv.wanted_of(views.live(), alias_csv.exported(admin))
    assert (len(again), found) == (2, [])
    assert applies.apply(admin, of_wanted(admin, again)).outcome == "unchanged"


def test_every_bad_line_of_a_csv_file_is_named(admin: Caller) -> None:
    text = "address,targets\na b,hanako\nok,hanako\nbad,|sh\nempty,\n"
    _, found = alias_csv.wanted_of(views.live(), text)
    assert [(each.code, each.path) for each in found] == [
        ("local-part-characters", "line 2"),
        ("target-command", "line 4"),
        ("no-targets", "line 5"),
    ]


def test_ten_thousand_targets_are_one_value(admin: Caller) -> None:
    many = [f"u{number}@far.example" for number in range(10_000)]
    assert applies.apply(admin, of_wanted(admin, [Wanted("aliases/all@x.jp", many, new=True)])).outcome == "applied"
    assert targets("all@x.jp") == many
    assert AliasTarget.objects.count() == 10_002
    change = applies.apply(admin, of_wanted(admin, [Wanted("aliases/all@x.jp/targets", many[:-1])]))
    assert change.outcome == "applied"
    said = change.as_json("en")["settings"][0]
    assert said["was"].endswith("and 9,990 more")
    assert AliasTarget.objects.count() == 10_001

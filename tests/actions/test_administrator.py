"""Who gets the mail to postmaster: the administrator is somebody, and nobody takes him away unnoticed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fumibako.actions import applies, directory_edits, drafts, operator_list, status
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.drafts import Staged
from fumibako.actions.files import of_file
from fumibako.actions.trouble import Refused


@pytest.fixture(autouse=True)
def live(admin: Caller) -> None:
    text = (
        "domains: {x.jp: }\naccounts: {hanako@x.jp: {}, taro@x.jp: {}}\naliases: {postmaster: [taro], staff: [abuse]}"
    )
    assert applies.apply(admin, of_file(admin, text)).outcome == "applied"


def codes(staged: Staged) -> list[str]:
    return [each.code for each in staged.findings]


def named(admin: Caller, address: str | None) -> Staged:
    return drafts.stage(admin, [Wanted("basics.administrator", address)])


def test_the_administrator_is_an_address_that_somebody_has(admin: Caller) -> None:
    for text, code in (
        ("nobody@x.jp", "administrator-missing"),
        ("abuse@x.jp", "administrator-missing"),
        ("staff@x.jp", "administrator-loop"),
        ("hanako", "address-no-domain"),
        ("|sh", "target-command"),
        ("Hanako@x.jp", "address-spelling"),
        ("a@forward.invalid", "domain-reserved"),
    ):
        assert codes(named(admin, text)) == [code], text
    assert drafts.listed(admin) == []
    for text in ("hanako@x.jp", "postmaster@x.jp", "somebody@far.example"):
        assert named(admin, text).ok, text


def test_who_is_the_administrator_cannot_be_removed_without_another(admin: Caller) -> None:
    assert named(admin, "hanako@x.jp").ok
    assert codes(drafts.stage(admin, directory_edits.remove_account("hanako@x.jp"))) == ["administrator-missing"]
    assert named(admin, "taro@x.jp").ok
    assert drafts.stage(admin, directory_edits.remove_account("hanako@x.jp")).ok


def test_an_alias_may_not_lead_the_administrators_mail_back_to_his_names(admin: Caller) -> None:
    assert named(admin, "hanako@x.jp").ok
    assert codes(drafts.stage(admin, directory_edits.add_alias("hanako", ["abuse"])))[-1:] == ["administrator-loop"]
    assert "administrator-loop" not in codes(drafts.stage(admin, directory_edits.add_alias("hanako", ["taro"])))


def test_the_names_that_mail_needs_never_vanish(admin: Caller) -> None:
    remove = directory_edits.remove_alias("postmaster")
    assert codes(drafts.stage(admin, remove)) == ["name-needed"]
    assert named(admin, "hanako@x.jp").ok
    assert drafts.stage(admin, remove).ok
    drafts.unstage(admin, "basics.administrator")
    # A catch-all takes it as well, and with its domain a name may go.
    assert drafts.stage(admin, directory_edits.add_alias("@x.jp", ["hanako"])).ok


def test_a_domain_administrator_is_told_of_nothing_but_that_there_is_one(admin: Caller) -> None:
    assert named(admin, "hanako@x.jp").ok
    view = views.narrowed(replace(admin, domains=frozenset({"other.jp"})), drafts.view(admin))
    assert view.has_administrator
    assert "hanako" not in repr(view.settings)


def test_the_status_says_whether_postmaster_reaches_anybody(admin: Caller) -> None:
    assert status.status(admin)["administrator"] == {"address": None, "reaches": False}
    applied = applies.apply(admin, of_file(admin, "basics: {administrator: hanako@x.jp}"))
    assert applied.outcome == "applied"
    assert status.status(admin)["administrator"] == {"address": "hanako@x.jp", "reaches": True}


def test_nobody_gets_the_administrators_address_by_being_given_its_domain(admin: Caller) -> None:
    def give() -> None:
        operator_list.add(admin, "jiro", role="domain_admin", domains=["x.jp"], password="correct horse battery")

    assert applies.apply(admin, of_file(admin, "basics: {administrator: hanako@x.jp}")).outcome == "applied"
    with pytest.raises(Refused) as refused:
        give()
    assert [each.code for each in refused.value.findings] == ["administrator-delegated"]
    assert applies.apply(admin, of_file(admin, "basics: {administrator: a@far.example}")).outcome == "applied"
    give()
    assert codes(named(admin, "hanako@x.jp")) == ["administrator-delegated"]

"""Aliases as a browser adds, changes and deletes them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fumibako.actions import applies, drafts
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted

INFO = "/aliases/info@example.jp/"


@pytest.fixture(autouse=True)
def live(hanako: Caller) -> None:
    """A domain with an account and an alias serves."""
    rows = {"domains/example.jp": {}, "accounts/taro@example.jp": {}, "aliases/info@example.jp": ["taro@example.jp"]}
    applies.apply(hanako, of_wanted(hanako, [Wanted(path, row) for path, row in rows.items()]))


def read(client: Client, path: str) -> str:
    answer = client.get(path, secure=True)
    assert answer.status_code == 200, path
    return answer.content.decode()


def post(client: Client, path: str, **fields: Any) -> Any:
    return client.post(path, fields, secure=True)


def staged(caller: Caller) -> dict[str, Any]:
    return {each.path: each.edit.now for each in drafts.listed(caller)}


def test_nobody_sees_them_without_logging_in(browser: Client) -> None:
    for path in ("/aliases/", INFO, "/aliases/csv/"):
        assert browser.get(path, secure=True).headers["Location"].startswith("/login/"), path


def test_they_answer_in_both_languages(hanakos: Client) -> None:
    for path in ("/aliases/", INFO):
        assert "エイリアス設定" in read(hanakos, path)
        english = hanakos.get(path, secure=True, headers={"Accept-Language": "en"}).content.decode()
        assert "Aliases" in english


def test_an_alias_is_added_marked_and_taken_back(hanakos: Client, hanako: Caller) -> None:
    added = post(hanakos, "/aliases/", address="sales", targets="taro\r\npartner@far.example\r\n")
    assert added.headers["Location"] == "/aliases/?fresh=sales%40example.jp"
    assert staged(hanako) == {"aliases/sales@example.jp": {"targets": ["taro@example.jp", "partner@far.example"]}}
    page = read(hanakos, "/aliases/")
    assert "追加・未適用" in page
    assert "partner@far.example" in page
    post(hanakos, "/aliases/", undo="sales@example.jp")
    assert staged(hanako) == {}
    post(hanakos, "/aliases/", remove="info@example.jp")
    assert "削除・未適用" in read(hanakos, "/aliases/")
    assert post(hanakos, f"{INFO}undo/").headers["Location"] == INFO
    assert staged(hanako) == {}


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(hanakos: Client, hanako: Caller) -> None:
    wrong = post(hanakos, "/aliases/", address="sales", targets="|/bin/sh\ntaro")
    assert wrong.status_code == 422
    page = wrong.content.decode()
    assert "コマンドの実行になります" in page
    assert "|/bin/sh\ntaro" in page
    assert 'value="sales"' in page
    assert post(hanakos, "/aliases/", address="info", targets="taro").status_code == 422
    assert staged(hanako) == {}


def test_targets_are_edited_and_what_is_live_is_said(hanakos: Client, hanako: Caller) -> None:
    assert post(hanakos, INFO, targets="partner@far.example").headers["Location"] == INFO
    page = read(hanakos, INFO)
    assert "現在 taro@example.jp" in page
    assert "partner@far.example" in page
    post(hanakos, INFO, undo="targets")
    assert staged(hanako) == {}
    assert post(hanakos, INFO, targets="").status_code == 422


def test_a_form_that_showed_other_targets_changes_nothing(hanakos: Client, hanako: Caller, taro: Caller) -> None:
    seen = read(hanakos, INFO).partition('name="seen" value="')[2].partition('"')[0]
    applies.apply(taro, of_wanted(taro, [Wanted("aliases/info@example.jp/targets", ["x@far.example"])]))
    assert post(hanakos, INFO, targets="taro\nme@far.example", seen=seen).status_code == 422
    assert staged(hanako) == {}


def test_a_warning_is_said_on_the_next_page(hanakos: Client) -> None:
    post(hanakos, "/aliases/", address="odd", targets="typo")
    assert "typo@example.jp は登録されていません" in read(hanakos, "/aliases/")


def test_a_csv_file_is_staged_or_refused_whole(hanakos: Client, hanako: Caller) -> None:
    good = SimpleUploadedFile("a.csv", "address,targets\nsales,taro\n".encode("cp932"))
    assert post(hanakos, "/aliases/csv/", file=good).headers["Location"] == "/aliases/"
    assert list(staged(hanako)) == ["aliases/sales@example.jp"]
    bad = SimpleUploadedFile("a.csv", b"address,targets\nother,taro\nbad,|sh\n")
    refused = post(hanakos, "/aliases/csv/", file=bad)
    assert refused.status_code == 422
    assert "3 行目" in refused.content.decode()
    assert list(staged(hanako)) == ["aliases/sales@example.jp"]
    assert post(hanakos, "/aliases/csv/").status_code == 422
    down = hanakos.get("/aliases/csv/", secure=True)
    assert down.content.decode() == "\ufeffaddress,targets\r\ninfo@example.jp,taro@example.jp\r\n"


def test_a_domain_that_goes_says_which_aliases_go_with_it(hanakos: Client, hanako: Caller) -> None:
    drafts.stage(hanako, [Wanted("domains/other.jp", {}), Wanted("basics.primary_domain", "other.jp")])
    post(hanakos, "/domains/", remove="example.jp")
    page = read(hanakos, "/domains/")
    assert "アカウント 1 件、エイリアス 1 件を削除します" in page
    assert "エイリアス 1 件も削除されます" in page


def test_the_search_finds_aliases(hanakos: Client) -> None:
    assert INFO in read(hanakos, "/search/?q=info")

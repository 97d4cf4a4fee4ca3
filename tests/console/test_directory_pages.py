"""Domains and accounts as a browser adds, changes and deletes them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from fumibako.actions import app_passwords, applies, directory_edits, drafts, passwords
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted
from fumibako.store import directory, usage

TARO = "taro@example.jp"
HASH = passwords.hashed("a good long password")
PAGES = ("/basics/", "/domains/", "/domains/example.jp/", "/accounts/", "/accounts/add/", f"/accounts/{TARO}/")


@pytest.fixture(autouse=True)
def live(hanako: Caller) -> None:
    """A domain with an account serves."""
    applies.apply(
        hanako, of_wanted(hanako, [Wanted("domains/example.jp", {}), Wanted(f"accounts/{TARO}", {"name": "太郎"})])
    )
    assert directory.row("accounts", TARO)


def read(client: Client, path: str) -> str:
    answer = client.get(path, secure=True)
    assert answer.status_code == 200, path
    return answer.content.decode()


def post(client: Client, path: str, **fields: str) -> Any:
    return client.post(path, fields, secure=True)


def test_nobody_sees_them_without_logging_in(browser: Client) -> None:
    for path in PAGES:
        assert browser.get(path, secure=True).headers["Location"].startswith("/login/"), path


def test_they_answer_in_both_languages(hanakos: Client) -> None:
    for path in (*PAGES, f"/accounts/{TARO}/password/"):
        assert 'lang="ja"' in read(hanakos, path)
        english = hanakos.get(path, secure=True, headers={"Accept-Language": "en"})
        assert 'lang="en"' in english.content.decode()


def test_a_domain_is_added_and_taken_back(hanakos: Client, hanako: Caller) -> None:
    assert post(hanakos, "/domains/", domain="日本語.jp").headers["Location"] == "/domains/?fresh=xn--wgv71a119e.jp"
    assert "日本語.jp" in read(hanakos, "/domains/")
    assert post(hanakos, "/domains/xn--wgv71a119e.jp/undo/").headers["Location"] == "/domains/"
    assert drafts.listed(hanako) == []
    wrong = post(hanakos, "/domains/", domain="example.jp")
    assert wrong.status_code == 422
    assert "すでにあります" in wrong.content.decode()


def test_a_domain_goes_with_its_accounts_and_comes_back_with_them(hanakos: Client, hanako: Caller) -> None:
    drafts.stage(hanako, [Wanted("domains/example.org", {}), Wanted("basics.primary_domain", "example.org")])
    post(hanakos, "/domains/", remove="example.jp")
    assert {each.path for each in drafts.listed(hanako, ["domains", "accounts"])} >= {
        "domains/example.jp",
        f"accounts/{TARO}",
    }
    post(hanakos, "/domains/", undo="example.jp")
    assert drafts.counts(hanako) == {"domains": 1, "basics": 1}


def test_an_account_is_added_with_a_password_that_is_never_shown(hanakos: Client, hanako: Caller) -> None:
    fields = {"address": "jiro", "name": "次郎", "password": "correct horse", "enabled": "on"}
    assert post(hanakos, "/accounts/add/", **fields).headers["Location"] == "/accounts/?fresh=jiro%40example.jp"
    row = drafts.view(hanako).row("accounts", "jiro@example.jp")
    assert row
    assert row["name"] == "次郎"
    assert row["password_hash"].startswith("{ARGON2ID}")
    assert "追加・未適用" in read(hanakos, "/accounts/")


def test_what_is_wrong_with_a_new_account_is_said_beside_it(hanakos: Client, hanako: Caller) -> None:
    fields = {"address": "jiro@elsewhere.example", "name": "次郎", "password": "correct horse", "enabled": "on"}
    answer = post(hanakos, "/accounts/add/", **fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#f-address"' in page
    assert 'value="jiro@elsewhere.example"' in page
    assert "correct horse" not in page
    assert "もう一度入力してください" in page
    assert drafts.listed(hanako) == []


def test_an_account_is_changed_field_by_field(hanakos: Client, hanako: Caller) -> None:
    post(hanakos, f"/accounts/{TARO}/", name="鈴木太郎", may_send="on", may_receive="on", keep_copy="on")
    assert {each.path for each in drafts.listed(hanako)} == {f"accounts/{TARO}/name", f"accounts/{TARO}/enabled"}
    assert "太郎" in read(hanakos, f"/accounts/{TARO}/")
    post(hanakos, f"/accounts/{TARO}/", undo="enabled")
    assert {each.path for each in drafts.listed(hanako)} == {f"accounts/{TARO}/name"}


def test_an_account_is_removed_and_taken_back(hanakos: Client, hanako: Caller) -> None:
    post(hanakos, f"/accounts/{TARO}/remove/")
    assert "削除・未適用" in read(hanakos, f"/accounts/{TARO}/")
    post(hanakos, "/accounts/", undo=TARO)
    assert drafts.listed(hanako) == []


def test_a_password_counts_at_once(hanakos: Client, hanako: Caller) -> None:
    assert post(hanakos, f"/accounts/{TARO}/password/", password="").status_code == 422
    assert post(hanakos, f"/accounts/{TARO}/password/", password="correct horse").status_code == 302
    row = directory.row("accounts", TARO)
    assert row
    assert row["password_hash"].startswith("{ARGON2ID}")
    assert drafts.listed(hanako) == []


def test_a_list_is_searched_and_turned_over(hanakos: Client, hanako: Caller) -> None:
    many = [Wanted(f"accounts/user{number:02}@example.jp", {}) for number in range(30)]
    applies.apply(hanako, of_wanted(hanako, many))
    page = read(hanakos, "/accounts/?q=user&rows=10&domain=example.jp")
    assert "user09@" in page
    assert "user10@" not in page
    assert "30 件見つかりました" in page
    assert "user10@" in read(hanakos, "/accounts/?q=user&rows=10&domain=example.jp&after=user09%40example.jp")


def test_the_last_log_in_stands_in_the_list_and_on_the_accounts_page(hanakos: Client) -> None:
    assert "記録はまだありません" in read(hanakos, f"/accounts/{TARO}/")
    usage.hear(("", 0), ("e1", 1), [], [(TARO, 1_700_000_000)])
    for path in ("/accounts/", f"/accounts/{TARO}/"):
        assert 'datetime="2023-11-1' in read(hanakos, path)


def test_the_reply_is_staged_shown_beside_the_live_one_and_undone(hanakos: Client, hanako: Caller) -> None:
    page = f"/accounts/{TARO}/"
    reply = {"form": "vacation", "enabled": "on", "text": "不在です", "days": "7", "first_day": "2026-08-10"}
    assert post(hanakos, page, form="vacation", days="7").status_code == 302
    assert drafts.view(hanako).row("accounts", TARO)["vacation"] is None, "nothing is said, nothing is staged"  # type: ignore[index]
    refused = post(hanakos, page, **reply | {"first_day": "tomorrow", "text": "<b>"})
    assert refused.status_code == 422
    assert "2026-08-10" in refused.content.decode()
    assert "&lt;b&gt;</textarea>" in refused.content.decode()
    assert post(hanakos, page, **reply).headers["Location"] == page
    staged = drafts.view(hanako).row("accounts", TARO)
    assert staged is not None
    assert (staged["vacation"]["text"], staged["vacation"]["days"]) == ("不在です", 7)
    assert 'id="s-vacation"' in read(hanakos, page)
    assert post(hanakos, page, undo="vacation").status_code == 302
    assert drafts.view(hanako).row("accounts", TARO)["vacation"] is None  # type: ignore[index]


def test_app_passwords_are_seen_and_revoked_at_once(hanakos: Client, hanako: Caller) -> None:
    page = f"/accounts/{TARO}/"
    assert "まだありません" in read(hanakos, page)
    applies.apply(hanako, of_wanted(hanako, directory_edits.change_account(TARO, {"password_hash": HASH})))
    secret, _ = app_passwords.make(hanako, TARO, "<phone>")
    shown = read(hanakos, page)
    assert "&lt;phone&gt;" in shown
    assert secret not in shown
    assert post(hanakos, page, form="app-password-revoke", app="<phone>").headers["Location"] == page
    assert app_passwords.listed(hanako, TARO)[1] == []
    assert post(hanakos, page, form="app-password-revoke", app="<phone>").status_code == 302, "it is gone already"

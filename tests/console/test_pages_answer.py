from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from fumibako.actions import agent_link, applies, drafts
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_draft
from fumibako.home.certificates import self_signed
from fumibako.store.models import Operator
from tests.console.test_log_in_pages import log_in, post

HEADINGS = {
    "/": ("Overview", "概要"),
    "/history/": ("Everything that was applied", "設定した記録です"),
    "/history/1/": ("Revision 1", "第 1 版"),
    "/history/2/": ("Restore…", "この版に戻す…"),
    "/history/compare/?a=2&b=3": ("Revisions 2 and 3", "第 2 版と第 3 版"),
    "/help/": ("Stage, review, apply", "変更してから設定するまで"),
    "/help/basics/": ("Largest message", "最大メッセージサイズ"),
    "/help/accounts/": ("To the page", "この画面を開く"),
    "/search/": ("Type an address", "設定の名前を入力"),
    "/search/?q=smtp": ("Settings", "設定"),
    "/search/?q=nothing-like-it": ("Nothing has “nothing-like-it”", "「nothing-like-it」は見つかりません"),
}


def change(caller: Caller, path: str, now: object) -> None:
    assert drafts.stage(caller, [Wanted(path, now)]).ok
    assert applies.start(caller, of_draft(caller)).outcome in {"running", "applied"}


@pytest.fixture
def with_history(browser: Client, hanako: Caller) -> Client:
    """Hanako, logged in; three revisions."""
    change(hanako, "basics.message_size_limit", 20_000_000)
    change(hanako, "basics.message_size_limit", 30_000_000)
    log_in(browser)
    return browser


def read(browser: Client, address: str, status: int = 200) -> str:
    answer = browser.get(address, secure=True)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


@pytest.mark.parametrize("address", HEADINGS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_answers_in_both_languages(with_history: Client, address: str, language: str) -> None:
    with_history.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = read(with_history, address)
    assert f'<html lang="{language}"' in page
    here, other = HEADINGS[address] if language == "en" else HEADINGS[address][::-1]
    assert here in page
    assert other not in page


def test_without_a_log_in_every_page_leads_to_it(browser: Client, hanako: Caller) -> None:
    for address in HEADINGS:
        answer = browser.get(address, secure=True)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/login/")


def test_on_a_server_without_an_administrator_they_lead_to_making_one(browser: Client) -> None:
    assert browser.get("/history/", secure=True).headers["Location"] == "/first-run/"
    assert "One-time code" in read(browser, "/first-run/")


@pytest.mark.parametrize(
    ("language", "label", "said"), [("en", "Password", "At least"), ("ja", "パスワード", "12 文字以上に")]
)
def test_what_is_wrong_with_the_first_administrator_is_said_in_his_language(
    browser: Client, language: str, label: str, said: str
) -> None:
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = post(browser, "/first-run/", code="wrong", name="admin", password="short")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"{label}</a>" in page
    assert said in page


def test_the_rail_has_the_chapters_that_there_are_and_marks_what_is_staged(browser: Client, hanako: Caller) -> None:
    log_in(browser)
    page = read(browser, "/history/")
    assert '<a href="/history/" aria-current="page">' in page
    assert "staged edit</span>" not in page
    assert "Apply 1 edit" not in page
    drafts.stage(hanako, [Wanted("basics.message_size_limit", 20_000_000)])
    page = read(browser, "/history/")
    assert page.count("1 staged edit</span>") == 2  # in the rail, and in the menu of narrow screens
    assert "Apply 1 edit" in page


def test_help_leads_to_what_the_page_is_about(browser: Client, hanako: Caller) -> None:
    log_in(browser)
    for address, leads in (
        ("/basics/", "/help/basics/"),
        ("/accounts/add/", "/help/accounts/"),
        ("/", "/help/"),
        ("/history/", "/help/"),
    ):
        assert f'href="{leads}" class="quiet button"' in read(browser, address)
    read(browser, "/help/nothing/", 404)


@pytest.mark.parametrize(
    ("days", "free", "said"),
    [(400, 50 << 30, ("400</span> days left", "50.0 GB")), (3, 1 << 20, ("renew it", "nearly full"))],
)
def test_the_overview_has_the_certificate_and_the_disk(
    browser: Client, hanako: Caller, monkeypatch: pytest.MonkeyPatch, days: int, free: int, said: tuple[str, ...]
) -> None:
    now = datetime.now(UTC) - timedelta(days=825 - days) + timedelta(hours=1)
    pem = self_signed("mail.example.jp", ["127.0.0.1"], now).certificate.decode()
    seen = {"ok": True, "certificate": pem, "disk": {"free": free, "total": 100 << 30}}
    monkeypatch.setattr(agent_link, "observe", lambda: seen)
    log_in(browser)
    page = read(browser, "/")
    for words in (*said, "mail.example.jp", "self-signed"):
        assert words in page
    assert ("renew it" in page) == ("nearly full" in page) == (days < 14)


def test_language_and_theme_are_kept_and_lead_back(browser: Client, hanako: Caller) -> None:
    log_in(browser)
    answer = post(browser, "/preferences/language/", language="ja", next="/history/?before=3")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/history/?before=3")
    assert "履歴" in read(browser, "/history/")
    post(browser, "/preferences/theme/", theme="dark", next="/")
    assert 'data-theme="dark"' in read(browser, "/history/")
    post(browser, "/preferences/theme/", theme="<script>", next="/")
    assert 'data-theme="dark"' in read(browser, "/history/")


@pytest.mark.parametrize("elsewhere", ["https://far.test/", "//far.test/", "javascript:alert(1)", ""])
def test_the_way_back_never_leads_out_of_the_console(browser: Client, hanako: Caller, elsewhere: str) -> None:
    read(browser, "/login/")  # before the log-in too
    answer = post(browser, "/preferences/language/", language="ja", next=elsewhere)
    assert answer.headers["Location"] == "/"


def test_what_is_not_there_is_a_page_of_its_own(with_history: Client) -> None:
    for address in ("/history/99/", f"/history/{10**30}/", "/history/compare/?a=1&b=99", "/nowhere/"):
        assert "There is no such page" in read(with_history, address, 404)


def test_who_has_no_rights_here_is_told_so(browser: Client, hanako: Caller) -> None:
    log_in(browser)
    Operator.objects.update(role="account_holder")
    assert "This needs other rights" in read(browser, "/history/", 403)


def test_two_changes_that_meet_are_settled_by_choosing(browser: Client, hanako: Caller, taro: Caller) -> None:
    log_in(browser)
    place = "basics.message_size_limit"
    assert browser.get("/conflicts/", secure=True).headers["Location"] == "/"
    drafts.stage(hanako, [Wanted(place, 20_000_000)])
    change(taro, place, 30_000_000)
    page = read(browser, "/conflicts/")
    assert "taro, live now" in page
    assert post(browser, "/conflicts/").headers["Location"] == "/conflicts/"
    answer = post(browser, "/conflicts/", **{place: "mine"})
    assert answer.headers["Location"] == "/plan/"
    assert [(each.edit.was, each.edit.now) for each in drafts.listed(hanako)] == [(30_000_000, 20_000_000)]


def test_the_search_finds_what_is_only_staged_too(with_history: Client, hanako: Caller) -> None:
    assert drafts.stage(hanako, [Wanted("domains/example.test", {})]).ok
    assert "example.test" in read(with_history, "/search/?q=exam")


def test_the_search_finds_clients_block_lists_and_refused_senders(with_history: Client, hanako: Caller) -> None:
    wanted = [
        Wanted(("access", "permitted_clients", "192.168.0.21-24"), True),
        Wanted(("spam", "dns_blocklists", "bl.example.net"), True),
        Wanted(("spam", "blocked_senders", "@spam.example"), True),
    ]
    assert drafts.stage(hanako, wanted).ok
    assert "/access/?q=192.168.0.21-24" in read(with_history, "/search/?q=192.168.0.22")
    assert "/spam/?lists=&amp;q=bl.example.net" in read(with_history, "/search/?q=bl.example")
    assert "/spam/?q=%40spam.example" in read(with_history, "/search/?q=spam.ex")


def test_the_overview_of_a_new_server_says_what_to_do_next(browser: Client, hanako: Caller) -> None:
    log_in(browser)
    page = read(browser, "/")
    assert "Three steps to the first mail" in page
    assert "It is staged" not in page
    assert drafts.stage(hanako, [Wanted("domains/example.test", {})]).ok
    assert "It is staged" in read(browser, "/")


def test_the_overview_never_says_that_mail_flows_when_nobody_can_say(browser: Client, hanako: Caller) -> None:
    log_in(browser)  # there is no agent to ask
    page = read(browser, "/")
    assert "The agent does not answer" in page
    assert "Mail is flowing" not in page
    assert "not known" in page

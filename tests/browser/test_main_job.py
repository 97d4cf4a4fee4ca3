"""The main job, as a person does it: a domain, an account, a setting; look, apply, watch, and go back."""

from __future__ import annotations

import smtplib

from playwright.sync_api import Page, expect

from tests.browser.office import APPLYING, NAME, PASSWORD, Office, log_in

LIMIT = "[name='basics.message_size_limit']"


def announced(office: Office) -> int:
    """The size that the server announces."""
    with smtplib.SMTP("127.0.0.1", office.home.port("smtp")) as smtp:
        smtp.ehlo()
        return int(smtp.esmtp_features["size"])


def accepts(office: Office, recipient: str) -> bool:
    with smtplib.SMTP("127.0.0.1", office.home.port("smtp")) as smtp:
        smtp.ehlo()
        smtp.mail("someone@far.test")
        return smtp.rcpt(recipient)[0] == 250


def stage_domain(page: Page, name: str) -> None:
    page.goto("/domains/")
    page.fill("#domain", name)
    page.click(".addline button")
    expect(page.locator("tr.added", has_text=name)).to_be_visible()


def stage_account(page: Page, address: str) -> None:
    page.goto("/accounts/add/")
    page.fill("[name=address]", address)
    page.fill("[name=password]", PASSWORD)
    page.click("main .end .primary")
    expect(page.locator("tr.added", has_text=address)).to_be_visible()


def stage_limit(page: Page, size: int) -> None:
    page.goto("/basics/")
    page.fill(LIMIT, str(size))
    page.click("#general button[value=stage]")
    expect(page.locator("[id='field-basics.message_size_limit'] .staged-here")).to_be_visible()


def watched(office: Office, page: Page) -> None:
    """The steps tick over and end in one sentence; nothing is marked as staged any more."""
    expect(page.locator(".steps li").first).to_be_visible()
    done = page.locator("h1", has_text=office.say("It is done.", "設定が完了しました。"))
    expect(done).to_be_visible(timeout=APPLYING)
    expect(page.locator(".steps .time").first).to_be_visible()


def test_a_code_works_once(office: Office) -> None:
    with office.page(known=False) as page:
        page.goto("/first-run/")
        assert page.url.endswith("/login/")


def test_a_wrong_password_is_said_and_the_right_one_opens(office: Office) -> None:
    with office.page(known=False) as page:
        page.goto("/login/?next=/history/")
        page.fill("[name=login]", NAME)
        page.fill("[name=password]", "wrong")
        page.click("button.primary")
        expect(page.locator("[role=alert]")).to_be_visible()
        log_in(page)
        expect(page.locator(".menu.wide-only summary")).to_contain_text(NAME)


def test_the_language_is_switched_where_one_is(office: Office) -> None:
    with office.page() as page:
        page.goto("/history/")
        expect(page.locator("html")).to_have_attribute("lang", office.language)
        other, heading = ("en", "History") if office.language == "ja" else ("ja", "履歴")
        page.click(f".wide-only button[name=language][value={other}]")
        expect(page.locator("h1")).to_have_text(heading)
        expect(page.locator("html")).to_have_attribute("lang", other)
        page.click(f".wide-only button[name=language][value={office.language}]")
        expect(page.locator("html")).to_have_attribute("lang", office.language)


def test_the_main_job(office: Office) -> None:
    before = announced(office)
    with office.page() as page:
        stage_domain(page, "example.jp")
        stage_account(page, "hanako@example.jp")
        stage_limit(page, 20_971_520)
        assert announced(office) == before, "staging changes nothing"

        page.click(f".bar a:has-text('{office.say('Review', '内容を確認')}')")
        page.wait_for_selector(".tabs", timeout=APPLYING)
        expect(page.locator("main table").first).to_contain_text("20 MB")
        page.click(".tabs a[href*='view=settings']")
        expect(page.locator("main table")).to_contain_text("hanako@example.jp")
        page.click(".tabs a[href*='view=files']")
        expect(page.locator("main ins").first).to_be_visible()

        page.click(".bar button.primary")
        watched(office, page)
        expect(page.locator(".rail .dot")).to_have_count(0)
        expect(page.locator("#bar section")).to_have_count(0)
        assert announced(office) == 20_971_520
        assert accepts(office, "hanako@example.jp")

        page.goto("/history/")
        page.click("tbody tr:last-child th a")
        page.click(f"a:has-text('{office.say('Restore', 'この版に戻す')}')")
        page.wait_for_selector(".bar button.primary", timeout=APPLYING)
        page.click(".bar button.primary")
        watched(office, page)
        assert announced(office) == before
        assert office.home.cli("account", "list", "--json").json["accounts"] == []


def test_the_bar_applies_at_once_and_the_marks_go_when_it_is_over(office: Office) -> None:
    with office.page() as page:
        stage_limit(page, 15_000_000)
        stage_domain(page, "at-once.example")
        expect(page.locator(".rail .dot")).to_have_count(2)
        page.click(".bar button.primary")
        watched(office, page)
        expect(page.locator(".rail .dot")).to_have_count(0)
        expect(page.locator("#bar section")).to_have_count(0)


def test_the_bar_never_leads_past_a_danger(office: Office) -> None:
    allowed = "[name='basics.services.imap.plaintext_auth']"
    with office.page() as page:
        page.goto("/basics/")
        page.check(allowed)
        page.click("#services button[value=apply]")  # the page's own button goes the same way
        tick = page.locator("[name=understood]")
        expect(tick).to_be_visible(timeout=APPLYING)
        page.click(".bar button.primary")
        expect(tick).to_be_visible()  # the browser asks for the tick; nothing was sent
        page.goto("/basics/")
        page.click(".bar button.primary")
        expect(tick).to_be_visible(timeout=APPLYING)
        page.click(f".bar a:has-text('{office.say('Back', '戻る')}')")
        page.click(".bar a[data-dialog]")
        page.click("dialog button.primary")
        expect(page.locator("#bar section")).to_have_count(0)


def test_it_is_done_without_a_script_too(office: Office) -> None:
    with office.page(script=False, known=False) as page:
        log_in(page)
        stage_domain(page, "plain.example")
        stage_account(page, "taro@plain.example")
        page.click(".bar button.primary")
        watched(office, page)
        expect(page.locator("#bar section")).to_have_count(0)
        assert accepts(office, "taro@plain.example")
        page.goto("/accounts/?q=taro")
        page.click("button[name=remove][value='taro@plain.example']")
        page.click(f".bar a:has-text('{office.say('Discard', 'すべて取り消す')}')")
        page.click("main button.primary")
        expect(page.locator("#bar section")).to_have_count(0)

"""Every page that there is, in both colour schemes, wide and narrow: axe finds nothing, nothing scrolls sideways, and the
browser has nothing to say against it (`Office.page` listens)."""

from __future__ import annotations

from urllib.parse import quote

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from fumibako.document.alike import key_of
from fumibako.schema.edit import Edit
from tests.browser.office import APPLYING, NARROW, PASSWORD, WIDE, Office

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async (options) => (await axe.run(document, options)).violations.map(
    (rule) => `${innerWidth} ${rule.id}: ${rule.nodes[0].html.slice(0, 200)} ${rule.nodes[0].failureSummary}`)"""
BEHIND_LOG_IN = (
    "/",
    "/domains/",
    "/domains/axe.example/",
    "/accounts/",
    "/accounts/?q=nobody",
    "/accounts/add/",
    "/accounts/csv/",
    "/accounts/user1@axe.example/",
    "/accounts/user1@axe.example/password/",
    "/accounts/removed/",
    "/relay/add/",
    "/explain/?from=a@far.test&to=user1@axe.example",
    "/quotas/of/user1@axe.example/",
    "/quotas/?q=user&sort=-usage",
    "/operators/",
    "/invitation/",
    "/history/",
    "/history/1/",
    "/history/2/",
    "/history/compare/?a=1&b=2",
    "/search/?q=user",
    "/search/?q=nothing-like-it",
    "/staged/discard/",
    "/help/",
    "/help/basics/",
    "/second-factor/",
    "/password/",
    "/no-such-page/",
)


def violations(page: Page) -> list[str]:
    """What axe finds on a page as it stands now: the rule, and the first element that breaks it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(_RUN, {"runOnly": RULES, "resultTypes": ["violations"], "elementRef": False})
    return found


def complaints(page: Page) -> list[str]:
    """In words, of a page wide and narrow. In Japanese axe looks at it light where it is wide and dark where it is
    narrow; English words differ from them in length alone, so that axe looks once, at the wide page in the dark."""
    japanese = page.locator("html").get_attribute("lang") == "ja"
    said: list[str] = []
    for width, scheme in ((WIDE, "light" if japanese else "dark"), (NARROW, "dark" if japanese else "light")):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 860})
        # Unrolled: what happens to lie under the staged bar at this place of scrolling is not hidden from anybody.
        page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        said += [f"scrolls sideways by {over} px"] if over > 0 else []
        if japanese or width == WIDE:
            said += violations(page)
    page.set_viewport_size({"width": WIDE, "height": 860})
    return [f"{page.url}: {each}" for each in said]


def rooms(page: Page) -> list[str]:
    """The chapters of the rail, whichever there are."""
    page.goto("/")
    return [link.get_attribute("href") or "/" for link in page.locator(".rail .chapters a, .rail.chapters li a").all()]


def fill(office: Office) -> None:
    """Something to see: a domain, and twelve accounts, one of them with a long address."""
    if office.home.cli("account", "list", "--json").json["accounts"]:
        return
    names = [*(f"user{number}" for number in range(1, 12)), "somebody.with-a-very-long-name.in-a-long-department"]
    accounts = "".join(f"  {name}@axe.example: {{name: 山田花子}}\n" for name in names)
    answer = office.home.apply(f"domains:\n  axe.example: {{}}\naccounts:\n{accounts}")
    assert answer.exit == 0, answer


def test_before_the_log_in(office: Office) -> None:
    with office.page(known=False) as page:
        page.goto("/login/")
        said = complaints(page)
        page.fill("[name=login]", "nobody")
        page.fill("[name=password]", "wrong")
        page.click("button.primary")
        page.wait_for_selector("[role=alert]")
        assert [*said, *complaints(page)] == []


def test_every_room(office: Office) -> None:
    fill(office)
    said: list[str] = []
    with office.page() as page:
        for address in dict.fromkeys([*BEHIND_LOG_IN, *rooms(page)]):
            page.goto(address)
            page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true })")
            said += complaints(page)
    assert said == []


def test_what_is_staged_wrong_planned_and_applied(office: Office) -> None:
    fill(office)
    with office.page() as page:
        page.goto("/basics/")
        page.fill("[name='basics.services.smtps.port']", "70000")
        page.check("[name='basics.services.imap.plaintext_auth']")
        page.click("#general button[value=stage]")
        page.wait_for_selector("#errors")
        said = complaints(page)
        page.fill("[name='basics.services.smtps.port']", str(office.home.port("smtps")))
        page.click("#general button[value=stage]")
        page.wait_for_selector(".staged-here")
        said += complaints(page)
        page.goto("/accounts/")
        page.click("button[name=remove][value='user10@axe.example']")
        page.wait_for_selector("tr.removed")
        said += complaints(page)

        page.goto("/plan/")
        for view in ("behaviour", "settings", "files"):
            page.wait_for_selector(".tabs", timeout=APPLYING)
            page.click(f".tabs a[href*='view={view}']")
            page.wait_for_selector(f".tabs a[href*='view={view}'][aria-current]")
            page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true })")
            said += complaints(page)
        page.check("[name=understood]")
        page.click(".bar button.primary")
        page.locator(".steps").wait_for()
        confirm = page.locator("form[action='/runs/confirm/'] button")
        expect(confirm).to_be_visible(timeout=APPLYING)
        said += complaints(page)
        page.click("form[action='/runs/roll-back/'] button")
        expect(page.locator("h1 .vermilion")).to_be_visible(timeout=APPLYING)
        said += complaints(page)
        page.goto("/staged/discard/")
        page.click("main button.primary")
        page.wait_for_selector("#bar:empty, #bar:not(:has(section))", state="attached")
    assert said == []


def test_many_staged_edits_that_are_alike(office: Office) -> None:
    fill(office)
    limits = [Edit(("accounts", f"user{number}@axe.example", "quota_mb"), None, 300) for number in (2, 3)]
    with office.page() as page:
        for edit in limits:
            page.goto(f"/quotas/of/{edit.place[1]}/")
            page.check("[name=kind][value=limit]")
            page.fill("[name=mbytes]", "300")
            page.click("main .end .primary")
            page.wait_for_selector("#bar section")
        page.goto(f"/staged/alike/?key={quote(key_of(limits[0]))}")
        expect(page.locator("main tbody tr")).to_have_count(len(limits))
        said = complaints(page)
        page.click("main .acts button.danger")
        page.wait_for_selector("#bar:empty, #bar:not(:has(section))", state="attached")
    assert said == []


def test_the_menu_of_narrow_screens_and_the_dialog(office: Office) -> None:
    fill(office)
    with office.page(width=NARROW) as page:
        page.goto("/accounts/add/")
        page.fill("[name=address]", "menu@axe.example")
        page.fill("[name=password]", PASSWORD)
        page.click("main .end .primary")
        page.wait_for_selector("tr.added, tr.fresh, #bar section")
        page.click(".menu.narrow summary")
        found = violations(page)
        page.keyboard.press("Escape")
        page.click(".bar a[data-dialog]")
        page.wait_for_selector("dialog[open]")
        found += violations(page)
        page.click("dialog button.primary")
        page.wait_for_selector("#bar:not(:has(section))", state="attached")
    assert found == []

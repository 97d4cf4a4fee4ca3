"""One home for each language, with a first administrator who came in through the console."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from fumibako.schema.text import LANGUAGES
from tests.browser.office import Office
from tests.homes import new_home


# A module each: while Playwright runs, its event loop counts as running in this thread, and other tests have their own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # As root there is no sandbox to be had; the pages are our own.
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=LANGUAGES)
def office(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Office]:
    with new_home() as home:
        home.up()
        office = Office(home, chromium, request.param)
        office.first_administrator()
        yield office

"""A running home and the browser in front of it, in one language.

Every page that an `Office` opens is listened to: what the browser says against it (a breach of the content security
policy, a script's error) is collected and fails the test that opened it. Answers with 4xx are told by the browser as
well; those are ours, and are checked by what is on the page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page

from fumibako.schema.text import Language
from tests.homes import TestedHome

NAME, PASSWORD = "suzuki", "correct horse battery staple"
LOCALES: dict[Language, str] = {"ja": "ja-JP", "en": "en-GB"}
WIDE, NARROW = 1280, 390
# How long an apply with its trial boot may take on a busy machine, in milliseconds.
APPLYING = 40_000

Scheme = Literal["light", "dark"]


@dataclass
class Office:
    home: TestedHome
    browser: Browser
    language: Language
    cookies: list[Any] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.home.port('console')}"

    def say(self, en: str, ja: str) -> str:
        """What the page says in this office's language."""
        return ja if self.language == "ja" else en

    @contextmanager
    def page(
        self, *, width: int = WIDE, scheme: Scheme = "light", script: bool = True, known: bool = True
    ) -> Iterator[Page]:
        """A fresh browser; with `known`, one in which the administrator is logged in."""
        context: BrowserContext = self.browser.new_context(
            base_url=self.url,
            ignore_https_errors=True,
            java_script_enabled=script,
            locale=LOCALES[self.language],
            viewport={"width": width, "height": 860},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        if known:
            context.add_cookies(self.cookies)
        page = context.new_page()
        complaints: list[str] = []
        page.on(
            "console",
            lambda said: (
                complaints.append(f"{page.url}: {said.text}")
                if said.type == "error" and not said.text.startswith("Failed to load resource")
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        try:
            yield page
            assert complaints == []
        finally:
            context.close()

    def first_administrator(self) -> None:
        """As the terminal told him: the code, once, and a name and password of his own."""
        code = self.home.cli("init", "--new-code", "--json").json["code"]
        with self.page(known=False) as page:
            page.goto("/")
            assert page.url.endswith("/first-run/")
            page.fill("[name=code]", "wrong")
            self._himself(page)
            page.wait_for_selector("[aria-invalid=true]")
            page.fill("[name=code]", code)
            self._himself(page)
            page.wait_for_selector(".journey")
            self.cookies = page.context.cookies()

    def _himself(self, page: Page) -> None:
        page.fill("[name=name]", NAME)
        for field_name in ("password", "password_again"):
            if page.locator(f"[name={field_name}]").count():
                page.fill(f"[name={field_name}]", PASSWORD)
        page.click("button.primary")

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.home.cli("status", "--json").stdout))


def log_in(page: Page) -> None:
    page.goto("/login/")
    page.fill("[name=login]", NAME)
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("main#main")

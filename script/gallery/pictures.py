"""Opens the pages in Chromium under the console's own content security policy: pictures, axe, and what the browser complains about."""

from __future__ import annotations

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
VARIANTS = {"light": (1280, "light"), "dark": (1280, "dark"), "narrow": (380, "light"), "narrow-dark": (380, "dark")}


class Served(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def do_GET(self) -> None:
        if self.path.startswith("/run/"):  # what a running apply asks for: nothing new yet
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


def look(directory: Path, names: list[str], *, shots: bool, axe: bool, variants: list[str]) -> int:
    """0 when every page is clean in every variant."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Served, directory=str(directory)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for variant in variants:
            width, scheme = VARIANTS[variant]
            context = browser.new_context(
                viewport={"width": width, "height": 860}, color_scheme=scheme, reduced_motion="reduce"
            )  # type: ignore[arg-type]
            page = context.new_page()
            for name in names:
                said: list[str] = []
                page.on(
                    "console", lambda message, said=said: said.append(message.text) if message.type == "error" else None
                )
                page.goto(f"http://127.0.0.1:{server.server_port}/{name}.html")
                complaints += [
                    f"{name} {variant}: {line}" for line in [*said, *sideways(page), *(accessible(page) if axe else [])]
                ]
                if shots:
                    page.set_viewport_size(
                        {"width": width, "height": max(860, page.evaluate("document.documentElement.scrollHeight"))}
                    )
                    page.screenshot(path=directory / f"{name}.{variant}.png", full_page=True)
                    page.set_viewport_size({"width": width, "height": 860})
            context.close()
        browser.close()
    server.shutdown()
    print("\n".join(complaints) or "nothing to complain about")
    return 1 if complaints else 0


def sideways(page: Page) -> list[str]:
    """A page never scrolls sideways (WCAG 1.4.10)."""
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"scrolls sideways by {over}px"] if over > 0 else []


def accessible(page: Page) -> list[str]:
    """axe's violations, one a line, with the first element that each is about."""
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
    results = Axe().run(page, options=options).response
    return [
        f"axe {rule['id']} ×{len(rule['nodes'])}: {rule['nodes'][0]['html'][:160]} — {rule['nodes'][0].get('failureSummary', '')[:300]}"
        for rule in results["violations"]
    ]

"""What cannot be is refused the same way at every door: the file, the command, the API, the page. A finding in the
reader's language says what is wrong, and nothing is changed, neither what serves nor what is staged."""

from __future__ import annotations

import html
import http.cookiejar
import json
import re
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fumibako.channel.console import ConsoleChannel, ConsoleRefused
from fumibako.schema.place import planted
from tests.bad_input import BAD, BAD_DOMAINS, PORT, Bad
from tests.system.network import SERVER
from tests.system.server import Server, until

JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
Said = list[tuple[str, str]]  # findings: the code, and the message as the reader sees it


# A few on a real server; all of them are tried at all doors in `tests/console/test_bad_input.py`.
FEW = ("port 70000", "two services on one port", "banner with a command", "dangerous parameter")
FEW_DOMAINS = ("", "a..b", "hash:/etc/x")


class Page:
    """The console as a browser without JavaScript sees it, its operator logged in, in Japanese."""

    def __init__(self, server: Server) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._at = f"https://127.0.0.1:{server.port('console')}"
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )
        code = server.home.cli("init", "--new-code", "--json").json["code"]
        self.get("/first-run/")
        password = "correct horse battery staple"
        status, text, _ = self.post("/first-run/", {"code": code, "name": "suzuki", "password": password})
        assert (status, "未適用" in text or "文箱" in text) == (200, True)

    def get(self, path: str) -> str:
        return self._open(path, None)[1]

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, str, str]:
        """The status, the text and the address of what came back, redirections followed."""
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": self._token, **fields}).encode()
        return self._open(path, form)

    def _open(self, path: str, data: bytes | None) -> tuple[int, str, str]:
        headers = {"Accept-Language": "ja", "Referer": f"{self._at}/"}
        try:
            answer = self._opener.open(urllib.request.Request(self._at + path, data, headers), timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        text = answer.read().decode()
        if token := re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text):
            self._token = token[1]
        return int(answer.status), text, answer.geturl().removeprefix(self._at)


@pytest.fixture(scope="module")
def page(server: Server) -> Page:
    return Page(server)


@pytest.fixture(scope="module")
def api(server: Server) -> ConsoleChannel:
    return ConsoleChannel(server.home.layout.console_socket)


@pytest.fixture
def nothing_changes(api: ConsoleChannel, page: Page) -> Iterator[None]:
    """Settings, directory, history and drafts are afterwards what they were before."""
    before = everything(api, page)
    yield
    assert everything(api, page) == before


def everything(api: ConsoleChannel, page: Page) -> Any:
    exported = api.request("GET", "/api/v1/export", query={"with_secrets": "true"}, as_text=True)
    drafts = api.request("GET", "/api/v1/draft")["count"]
    return (
        exported,
        api.request("GET", "/api/v1/settings")["revision"],
        drafts,
        "すべて取り消す" in page.get("/basics/"),
    )


def tree_of(options: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in options.items():
        tree = planted(tree, tuple(path.split(".")), value)
    return tree


def as_typed(value: Any) -> str:
    return "\n".join(f"{name} = {text}" for name, text in value.items()) if isinstance(value, dict) else str(value)


def refused(answer: Any) -> Said:
    assert (answer.exit, answer.json["outcome"]) == (1, "refused"), answer
    assert all(finding["message"] in answer.stderr for finding in answer.json["findings"]), answer
    return said(answer.json["findings"])


def said(findings: list[dict[str, Any]]) -> Said:
    return [(finding["code"], finding["message"]) for finding in findings]


def by_api(ask: Callable[[], Any]) -> Said:
    try:
        answer = ask()
    except ConsoleRefused as refusal:
        return said(refusal.findings)
    assert answer["outcome"] == "refused", answer
    return said(answer["findings"])


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("bad", [BAD[name] for name in FEW], ids=FEW)
def test_settings_that_cannot_be(server: Server, api: ConsoleChannel, page: Page, bad: Bad) -> None:
    text = json.dumps(tree_of({"basics.listen": ["127.0.0.1", SERVER], **bad.options}))
    tree = tree_of(bad.options)
    japanese = {"language": "ja_JP.UTF-8"}
    found = {
        "apply": refused(server.home.cli("apply", "-", "--yes", "--json", stdin=text, **japanese)),
        "API": by_api(lambda: api.request("PATCH", "/api/v1/settings", tree, language="ja")),
        "API's draft": by_api(
            lambda: api.request("PATCH", "/api/v1/settings", tree, query={"draft": "true"}, language="ja")
        ),
    }
    for door, findings in found.items():
        assert [code for code, _ in findings] == [bad.code], (door, findings)
        assert all(JAPANESE.search(message) for _, message in findings), (door, findings)
    assert found["API"] == found["API's draft"]
    status, shown, _ = page.post("/basics/", {path: as_typed(value) for path, value in bad.options.items()})
    assert status == 422
    for _, message in found["API"]:
        assert html.escape(message) in shown


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize(("name", "code"), [(name, BAD_DOMAINS[name]) for name in FEW_DOMAINS])
def test_domains_that_cannot_be(server: Server, api: ConsoleChannel, page: Page, name: str, code: str) -> None:
    japanese = {"language": "ja_JP.UTF-8"}
    text = json.dumps({"domains": {name: {}}})
    found = {
        "file": refused(server.home.cli("apply", "-", "--yes", "--json", stdin=text, **japanese)),
        "command": refused(server.home.cli("domain", "add", "--json", "--", name, **japanese)),
        "API": by_api(lambda: api.request("POST", "/api/v1/domains", {"name": name}, language="ja")),
    }
    for door, findings in found.items():
        assert [each for each, _ in findings] == [code], (door, findings)
        assert all(JAPANESE.search(message) for _, message in findings), (door, findings)
    assert found["file"] == found["command"] == found["API"]
    status, shown, _ = page.post("/domains/", {"domain": name})
    assert status == 422
    assert html.escape(found["API"][0][1]) in shown


@pytest.mark.usefixtures("nothing_changes")
def test_the_reader_of_english_is_answered_in_english(server: Server, api: ConsoleChannel) -> None:
    answer = server.home.cli("domain", "add", "--json", "a..b")
    assert not JAPANESE.search(answer.stderr), answer
    [(_, message)] = by_api(lambda: api.request("POST", "/api/v1/domains", {"name": "a..b"}))
    assert message in answer.stderr


@pytest.mark.usefixtures("nothing_changes")
def test_a_port_that_another_program_has(server: Server, api: ConsoleChannel, page: Page) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        text = json.dumps(tree_of({"basics.listen": ["127.0.0.1", SERVER], PORT: port}))
        tree = tree_of({PORT: port})
        japanese = {"language": "ja_JP.UTF-8"}
        found = {
            "apply": refused(server.home.cli("apply", "-", "--yes", "--json", stdin=text, **japanese)),
            "API": by_api(lambda: api.request("PATCH", "/api/v1/settings", tree, language="ja")),
        }
        for door, findings in found.items():
            assert {code for code, _ in findings} == {"port-taken"}, (door, findings)
            assert all(JAPANESE.search(message) and str(port) in message for _, message in findings)
        # At the page it is staged, and refused where it would be made live.
        status, _, plan = page.post("/basics/", {PORT: str(port), "then": "apply"})
        assert (status, plan.startswith("/plan/")) == (200, True)
        until(lambda: html.escape(found["API"][0][1]) in page.get(plan))
    page.post("/basics/", {"undo": PORT})


@pytest.mark.parametrize("door", ["file", "command", "API", "page"])
@pytest.mark.parametrize(
    ("typed", "stored"),
    [("例え.テスト", "xn--r8jz45g.xn--zckzah"), ("ｅｘａｍｐｌｅ．ＯＲＧ", "example.org")],
)
def test_one_domain_has_one_spelling_whichever_way_it_is_written(
    server: Server, api: ConsoleChannel, page: Page, typed: str, stored: str, door: str
) -> None:
    """An internationalised name is stored as its A-label, full-width letters are the plain ones."""

    def names() -> list[str]:
        return [row["name"] for row in api.request("GET", "/api/v1/domains")["items"]]

    before = names()
    for name in (typed, stored):
        match door:
            case "file":
                assert server.home.apply(json.dumps({"domains": {name: {}}}, ensure_ascii=False)).exit == 0
            case "command":
                server.home.cli("domain", "add", name)
            case "API":
                api.request("POST", "/api/v1/apply", {"edits": [{"path": f"domains/{name}", "now": {}}]})
            case _:
                page.post("/domains/", {"domain": name})
                page.post("/apply/", {})
                until(lambda: stored in names())
        assert sorted(names()) == sorted([*before, stored]), (door, name)
    assert server.home.cli("domain", "remove", typed).exit == 0
    assert names() == before

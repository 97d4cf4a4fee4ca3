"""What cannot be is refused alike at every door: the page, the API, the command, the file. A finding in the reader's language
says what is wrong, and nothing is changed, neither what serves nor what is staged.

The doors stand in one process, so that each string can be tried at all of them; `tests/system/test_bad_input.py` does some
of it on a real server.
"""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fumibako.actions import applies, drafts
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted
from fumibako.channel import console
from fumibako.channel.console import ConsoleRefused
from fumibako.cli import app, language, session
from fumibako.schema.place import planted
from fumibako.store import directory, revisions
from fumibako.store.models import Operator
from tests.bad_input import ACCOUNTS, BAD, BAD_DOMAINS, CLIENTS, FILES, LIMITS, THERE

JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")


@dataclass
class Doors:
    """Each gives the findings' codes, and what a reader of Japanese sees."""

    root: Client
    page: Client
    folder: Path
    capture: pytest.CaptureFixture[str]

    def at_api(self, verb: str, path: str, body: Any, **query: str) -> tuple[list[str], str]:
        target = f"/api/v1{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept-Language": "ja"}
        answer = self.root.generic(verb, target, json.dumps(body), content_type="application/json", headers=headers)
        found = answer.json()
        assert answer.status_code == 422 or found["outcome"] == "refused", (answer.status_code, found)
        findings = [each for each in found["findings"] if each["severity"] == "error"]
        return [each["code"] for each in findings], " ".join(each["message"] for each in findings)

    def at_page(self, path: str, **fields: Any) -> str:
        answer = self.page.post(path, fields, secure=True)
        assert answer.status_code == 422, (path, answer.status_code, answer.headers.get("Location"))
        return html.unescape(answer.content.decode())

    def with_upload(self, path: str, content: bytes) -> str:
        """The page when the file has been read."""
        answer = self.page.post(path, {"file": SimpleUploadedFile("a.csv", content)}, secure=True)
        deadline = time.monotonic() + 20
        while answer.status_code == 302 or b"http-equiv" in answer.content:
            assert time.monotonic() < deadline
            time.sleep(0.02)
            where = answer.headers.get("Location", answer.request["PATH_INFO"])
            answer = self.page.get(where, secure=True)
        return html.unescape(answer.content.decode())

    def by_command(self, *words: str) -> tuple[list[str], str]:
        self.capture.readouterr()
        status = app.run(["--json", *words])
        told = self.capture.readouterr()
        assert status == 1, (words, status, told)
        findings = [each for each in json.loads(told.out)["findings"] if each["severity"] == "error"]
        assert all(each["message"] in told.err for each in findings), told
        return [each["code"] for each in findings], " ".join(each["message"] for each in findings)

    def by_file(self, tree: dict[str, Any]) -> tuple[list[str], str]:
        path = self.folder / "file.yaml"
        path.write_text(json.dumps(tree))
        return self.by_command("apply", str(path), "--yes")


@pytest.fixture
def doors(
    hanako: Caller,
    socket_client: Client,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Doors:
    """The command line's line to the console is the console itself."""

    def request(verb: str, path: str, body: Any = None, **how: Any) -> Any:
        target = f"{path}?{urlencode(how['query'], doseq=True)}" if how.get("query") else path
        content = json.dumps(body) if body is not None else ""
        answer = socket_client.generic(
            verb, target, content, content_type="application/json", headers={"Accept-Language": how["language"]}
        )
        if answer.status_code >= 400:
            raise ConsoleRefused(answer.status_code, answer.json())
        return answer.json() if answer.content else None

    monkeypatch.setattr(console, "ConsoleChannel", lambda _path: SimpleNamespace(request=request))
    monkeypatch.setattr(session, "read_facts", lambda _home: None)
    for module in (language, session, app):
        monkeypatch.setattr(module, "LANGUAGE", "ja")
    monkeypatch.setenv("FUMIBAKO_HOME", str(tmp_path))
    page = Client(headers={"Accept-Language": "ja"}, **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]
    page.force_login(Operator.objects.get(username="hanako"), "allauth.account.auth_backends.AuthenticationBackend")
    rows = [Wanted(("domains", "example.jp"), {}), Wanted(("accounts", THERE), {})]
    assert applies.apply(hanako, of_wanted(hanako, rows)).outcome == "applied"
    return Doors(socket_client, page, tmp_path, capsys)


def everything(caller: Caller) -> Any:
    return (
        revisions.head().number,
        views.live().settings,
        directory.rows("accounts", [THERE]),
        [directory.count(table, None) for table in ("domains", "accounts", "aliases")],
        drafts.counts(caller),
    )


def alike(case: Any, found: dict[str, tuple[list[str], str]], page: str, code: str = "") -> None:
    """All doors find the same, in Japanese, and the page shows the very words."""
    codes = {door: sorted(set(codes)) for door, (codes, _) in found.items()}
    assert len({str(each) for each in codes.values()}) == 1, (case, codes)
    assert codes["API"] == [code] if code else codes["API"], (case, codes)
    assert all(JAPANESE.search(said) for _, said in found.values()), (case, found)
    assert " ".join(found["API"][1].split()) in " ".join(page.split()), (case, found["API"])


@pytest.fixture(autouse=True)
def nothing_changes(request: pytest.FixtureRequest, doors: Doors, hanako: Caller) -> Iterator[None]:
    before = everything(hanako)
    yield
    if "good" not in request.node.name:
        assert everything(hanako) == before


def test_options(doors: Doors) -> None:
    for name, bad in BAD.items():
        tree: dict[str, Any] = {}
        for path, value in bad.options.items():
            tree = planted(tree, tuple(path.split(".")), value)
        found = {
            "API": doors.at_api("PATCH", "/settings", tree),
            "API's draft": doors.at_api("PATCH", "/settings", tree, draft="true"),
            "file": doors.by_file(tree),
        }
        typed = {path: as_typed(value) for path, value in bad.options.items()}
        alike(name, found, doors.at_page("/basics/", **typed), bad.code)


def as_typed(value: Any) -> str:
    return "\n".join(f"{name} = {text}" for name, text in value.items()) if isinstance(value, dict) else str(value)


def test_domains(doors: Doors) -> None:
    for name, code in BAD_DOMAINS.items():
        found = {
            "API": doors.at_api("POST", "/domains", {"name": name}),
            "API's draft": doors.at_api("POST", "/domains", {"name": name}, draft="true"),
            "command": doors.by_command("domain", "add", "--", name),
            "file": doors.by_file({"domains": {name: {}}}),
        }
        alike(name, found, doors.at_page("/domains/", domain=name), code)


def test_clients(doors: Doors) -> None:
    for client in CLIENTS:
        found = {
            "API": doors.at_api("POST", "/access/clients", {"clients": [client]}),
            "API's draft": doors.at_api("POST", "/access/clients", {"clients": [client]}, draft="true"),
            "command": doors.by_command("access", "add", "--", client),
            "file": doors.by_file({"access": {"permitted_clients": [client]}}),
        }
        alike(client, found, doors.at_page("/access/", entry=client))


def test_accounts(doors: Doors) -> None:
    for address in ACCOUNTS:
        found = {
            "API": doors.at_api("POST", "/accounts", {"address": address}),
            "API's draft": doors.at_api("POST", "/accounts", {"address": address}, draft="true"),
            "command": doors.by_command("account", "add", "--", address),
            "file": doors.by_file({"accounts": {address: {}}}),
        }
        alike(address, found, doors.at_page("/accounts/add/", address=address))


def test_limits(doors: Doors) -> None:
    for limit in LIMITS:
        found = {
            "API": doors.at_api("POST", "/quotas", {"addresses": [THERE], "quota_mb": limit}),
            "API's draft": doors.at_api("PUT", f"/quotas/{THERE}", {"quota_mb": limit}, draft="true"),
            "command": doors.by_command("quota", "set", "--", str(limit), THERE),
            "file": doors.by_file({"accounts": {THERE: {"quota_mb": limit}}}),
        }
        alike(limit, found, doors.at_page(f"/quotas/of/{THERE}/", kind="limit", mbytes=str(limit)))


def test_files_of_accounts(doors: Doors) -> None:
    path = doors.folder / "a.csv"
    for name, content in FILES.items():
        path.write_bytes(content)
        found = {
            "API": doors.at_api("POST", "/csv/accounts", {"csv": content.decode()}),
            "API's draft": doors.at_api("POST", "/csv/accounts", {"csv": content.decode()}, draft="true"),
            "command": doors.by_command("account", "import", str(path)),
        }
        alike(name, found, doors.with_upload("/accounts/csv/", content))


@pytest.mark.parametrize(
    "content", ["address,name\ntaro,太郎\n".encode("cp932"), "\ufeffaddress,name\ntaro,太郎\n".encode()]
)
def test_files_in_the_encodings_of_spreadsheets_are_good(doors: Doors, hanako: Caller, content: bytes) -> None:
    path = doors.folder / "a.csv"
    path.write_bytes(content)
    doors.with_upload("/accounts/csv/", content)
    assert [each.edit.now["name"] for each in drafts.listed(hanako)] == ["太郎"]
    drafts.discard(hanako)
    assert app.run(["--json", "account", "import", str(path)]) == 0
    assert directory.rows("accounts", ["taro@example.jp"])["taro@example.jp"]["name"] == "太郎"

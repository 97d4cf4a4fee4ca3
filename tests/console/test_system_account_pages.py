"""System accounts in the lists: only when they are asked for, with a limit to edit, and for nobody who sees a part alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from fumibako.actions import applies, drafts, operator_list, system_users
from fumibako.actions.caller import Caller
from fumibako.actions.files import of_file
from fumibako.store.models import Operator

USERS: list[list[Any]] = [
    ["root", 0, "root", ""],
    ["daemon", 1, "", ""],
    ["jiro", 1001, "Jiro <b>", "jiro@x.jp"],
    ["ken", 1002, "", "ken@x.jp"],
]


@pytest.fixture(autouse=True)
def live(admin: Caller, hanako: Caller) -> None:
    text = "basics: {system_accounts: true, administrator: a@far.example}\ndomains: {x.jp: }\naccounts: {ken@x.jp: {}}"
    assert applies.apply(admin, of_file(admin, text)).outcome == "applied"
    system_users.heard(replace(admin, power="agent"), {"users": USERS})


@pytest.fixture
def hanakos(hanako: Caller) -> Client:
    client = Client(**{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]
    client.force_login(Operator.objects.get(username="hanako"), "allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(client: Client, path: str, language: str = "en") -> str:
    answer = client.get(path, secure=True, headers={"Accept-Language": language})
    assert answer.status_code == 200, path
    return str(answer.content.decode())


@pytest.mark.parametrize("path", ["/accounts/", "/quotas/"])
def test_they_are_hidden_until_the_box_is_ticked(hanakos: Client, path: str) -> None:
    assert "jiro" not in page(hanakos, path)
    assert "システムアカウントも表示する" in page(hanakos, path, "ja")
    shown = page(hanakos, f"{path}?system=1")
    for text in (
        "jiro@x.jp",
        "Jiro &lt;b&gt;",
        "daemon",
        "mail goes to the administrator",
        "account of this address is here",
    ):
        assert text in shown, text
    assert "メールは管理者に届きます" in page(hanakos, f"{path}?system=1", "ja")
    assert "daemon" not in page(hanakos, f"{path}?system=1&q=ji")


def test_a_limit_is_staged_on_its_page_and_taken_back_in_the_list(hanakos: Client, hanako: Caller) -> None:
    assert "jiro" in page(hanakos, "/quotas/system/jiro/")
    answer = hanakos.post("/quotas/system/jiro/", {"kind": "limit", "mbytes": "x"}, secure=True)
    assert answer.status_code == 422
    answer = hanakos.post("/quotas/system/jiro/", {"kind": "limit", "mbytes": "10"}, secure=True)
    assert answer.status_code == 302
    assert [each.edit.path for each in drafts.listed(hanako)] == ["basics.system_limits.jiro"]
    assert "10 MB" in page(hanakos, answer.headers["Location"].partition("#")[0])
    hanakos.post("/quotas/?system=1", {"undo_system": "jiro"}, secure=True)
    assert drafts.listed(hanako) == []
    for name in ("root", "nobody-at-all"):
        assert hanakos.get(f"/quotas/system/{name}/", secure=True).status_code == 404


def test_who_administers_domains_sees_none(admin: Caller, browser: Client) -> None:
    operator_list.add(admin, "saburo", role="domain_admin", domains=["x.jp"], password="correct horse battery")
    browser.force_login(Operator.objects.get(username="saburo"))
    for path in ("/accounts/?system=1", "/quotas/?system=1"):
        shown = page(browser, path)
        assert "jiro" not in shown
        assert 'name="system"' not in shown
    assert browser.get("/quotas/system/jiro/", secure=True).status_code == 403

"""Every page, asked by a domain administrator: it shows rows of his domains, or it is closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from fumibako.actions import applies, operator_list
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted
from fumibako.console.pages.urls import urlpatterns
from fumibako.store.models import DraftEdit, Operator, SigningKey
from tests.console.test_log_in_pages import post
from tests.fake_node import FakeNode

MINE, THEIRS = "mine.example", "secret.example"
# Pages about one's own work or rows; all others are closed to him.
OPEN = {
    *("", "search/", "help/", "help/<str:name>/", "first-run/", "invitation/"),
    *("domains/<str:name>/keys/", "domains/<str:name>/keys/<str:selector>/public/", "domains/<str:name>/dns/"),
    *("domains/", "domains/<str:name>/", "accounts/", "accounts/add/", "accounts/<str:address>/"),
    *("accounts/<str:address>/password/", "accounts/removed/", "accounts/csv/", "accounts/csv/<str:number>/"),
    *("aliases/", "aliases/csv/", "aliases/<str:address>/"),
    *("quotas/", "quotas-bulk/", "quotas/of/<str:address>/"),
    *("history/", "history/compare/", "history/<int:number>/"),
    *("plan/", "conflicts/", "staged/discard/"),
}
# Of nobody's domain: to him they are closed, whatever is named.
_CLOSED = ("operators", "help", "accounts/csv", "quotas/system")
# Of these a GET is no use.
POSTED = {
    *("apply/", "runs/confirm/", "runs/roll-back/", "preferences/language/", "preferences/theme/"),
    *("accounts/<str:address>/remove/", "accounts/<str:address>/undo/", "accounts/<str:address>/rename/"),
    *("aliases/<str:address>/remove/", "aliases/<str:address>/undo/"),
    *("domains/<str:name>/remove/", "domains/<str:name>/undo/"),
    "domains/<str:name>/keys/<str:selector>/private/",
    "operators/<str:name>/code/",
    "accounts/csv/download/",  # tests/api/test_scope.py reads the same file
    "runs/<int:number>/",
}


@pytest.fixture
def jiro(node: FakeNode, admin: Caller, hanako: Caller, browser: Client) -> Client:
    wanted = [Wanted(("domains", name), {}) for name in (MINE, THEIRS)]
    for name in (MINE, THEIRS):
        wanted += [
            Wanted(("accounts", f"a@{name}"), {"name": f"of {name}"}),
            Wanted(("aliases", f"info@{name}"), {"targets": [f"a@{name}"]}),
        ]
    assert applies.apply(admin, of_wanted(admin, wanted)).outcome == "applied"
    for name in (MINE, THEIRS):
        key = {"use": "dkim", "kind": "rsa", "bits": 2048, "public": "AAAA", "state": "active", "since": timezone.now()}
        SigningKey.objects.get_or_create(domain=name, selector="s1", defaults=key)
    operator_list.add(admin, "jiro", role="domain_admin", domains=[MINE], password="correct horse battery")
    browser.force_login(Operator.objects.get(username="jiro"))
    return browser


def routes(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns)
        else:
            yield str(each.pattern)


def address(route: str, domain: str) -> str:
    for kind in ("history", "runs"):
        if route.startswith(kind):
            route = route.replace("<int:number>", "2")
    local = "info" if route.startswith("aliases") else "a"
    route = route.replace("<str:selector>", "s1")
    name = "accounts" if route.startswith("help") else domain
    return "/" + route.replace("<str:address>", f"{local}@{domain}").replace("<str:name>", name).replace(
        "<str:number>", "x"
    )


def test_every_page_is_open_with_his_rows_or_closed(jiro: Client) -> None:
    wrong = []
    for route in routes(urlpatterns):
        if route in POSTED:
            continue
        answer = jiro.get(address(route, MINE), secure=True)
        expected = {200, 302} if route in OPEN else {403}
        if answer.status_code not in expected or THEIRS in answer.content.decode():
            wrong.append((route, answer.status_code))
    assert wrong == []


def test_another_s_page_is_none(jiro: Client) -> None:
    for route in routes(urlpatterns):
        if route in POSTED or "<str:" not in route or route.startswith(_CLOSED):
            continue
        assert jiro.get(address(route, THEIRS), secure=True).status_code == 404, route


def test_searches_find_nothing_of_others_and_no_settings(jiro: Client) -> None:
    for query in ("a@", THEIRS, "info", "smtp", "secret"):
        page = jiro.get(f"/search/?q={query}", secure=True).content.decode().replace(f'value="{query}"', "")
        for hidden in (f"a@{THEIRS}", f"info@{THEIRS}", "/basics/"):
            assert hidden not in page, query
    assert f"a@{MINE}" in jiro.get("/search/?q=a@", secure=True).content.decode()


def test_acts_on_others_rows_change_nothing(jiro: Client, admin: Caller) -> None:
    jiro.get("/domains/", secure=True)
    jiro.get("/accounts/add/", secure=True)  # a page with a form, and so with the cookie that forms are known by
    for at, posted in (
        (f"/accounts/a@{THEIRS}/remove/", {}),
        (f"/accounts/a@{THEIRS}/rename/", {"new": f"b@{MINE}"}),
        ("/accounts/", {"remove": f"a@{THEIRS}"}),
        ("/accounts/removed/", {"restore": f"a@{THEIRS}"}),
        ("/accounts/add/", {"address": f"new@{THEIRS}"}),
        ("/aliases/", {"address": f"postmaster@{THEIRS}", "targets": f"a@{MINE}"}),
        ("/domains/", {"domain": f"sub.{THEIRS}"}),
        ("/domains/", {"remove": MINE}),
        (f"/quotas/of/a@{THEIRS}/", {"kind": "limit", "mbytes": "1"}),
        ("/quotas-bulk/", {"chosen": "list", "names": f"a@{THEIRS}", "mbytes": "1", "then": "stage"}),
        ("/access/", {"entries": "192.0.2.1"}),
        ("/operators/", {"name": "x"}),
        (f"/domains/{THEIRS}/keys/", {"verb": "withdraw", "withdraw-selector": "s1"}),
        (f"/domains/{THEIRS}/keys/", {"verb": "generate"}),
        (f"/domains/{THEIRS}/keys/s1/private/", {"password": "correct horse battery"}),
        (f"/domains/{MINE}/keys/", {"verb": "signing", "domainkeys.enabled": "on"}),
        (f"/domains/{THEIRS}/dns/", {"verb": "publish"}),
        (f"/domains/{MINE}/dns/", {"verb": "access", "zone": MINE, "server": "192.0.2.53", "key_name": "k"}),
    ):
        before = list(SigningKey.objects.values())
        answer = post(jiro, at, **posted)
        assert answer.status_code in {200, 302, 403, 404, 422}, (at, answer.status_code)
        assert list(SigningKey.objects.values()) == before, at
        assert not DraftEdit.objects.exists(), at


def test_his_rail_has_only_his_chapters(jiro: Client) -> None:
    page = jiro.get("/", secure=True, follow=True).content.decode()
    assert "Domain administrator" in page
    for name in ("domains", "accounts", "aliases", "quotas", "history"):
        assert f'href="/{name}/"' in page
    for name in ("basics", "access", "relay", "spam", "operators", "explain"):
        assert f'href="/{name}/"' not in page
    assert 'name="domain"' not in page  # nothing to add a domain with


def test_an_operator_is_made_with_a_code_and_chooses_a_password(browser: Client, hanako: Caller, admin: Caller) -> None:
    applies.apply(admin, of_wanted(admin, [Wanted(("domains", MINE), {})]))
    browser.force_login(Operator.objects.get(username="hanako"))
    answer = post(browser, "/operators/", name="jiro", role="domain_admin", domains=MINE)
    page = answer.content.decode()
    assert answer.status_code == 200
    code = page.partition("<dt>Code</dt><dd><code>")[2].partition("<")[0]
    assert len(code) > 40
    browser.logout()
    assert post(browser, "/invitation/", code="wrong", password="correct horse battery").status_code == 422
    assert post(browser, "/invitation/", code=code, password="short").status_code == 422
    assert post(browser, "/invitation/", code=code, password="correct horse battery").status_code == 302
    assert post(browser, "/invitation/", code=code, password="correct horse battery").status_code == 422
    assert Operator.objects.get(username="jiro").check_password("correct horse battery")

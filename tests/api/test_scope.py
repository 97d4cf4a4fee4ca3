"""What a domain administrator sees and changes over the API: the rows of his domains, and of all others not even that
they are there. Every list is asked, and every verb with a row of his, of another's and of nobody's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from fumibako.actions import applies, drafts, operator_list, tokens
from fumibako.actions.caller import Caller, by_operator
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted
from fumibako.actions.trouble import Denied
from fumibako.store.models import Operator
from tests.api.test_permissions import NEEDS
from tests.fake_node import FakeNode

MINE, THEIRS, NOBODYS = "mine.example", "secret.example", "unknown.example"


@pytest.fixture
def domain_admin(node: FakeNode, admin: Caller) -> Caller:
    """Jiro, who has one of two domains with the same names in both."""
    wanted = [Wanted(("domains", name), {}) for name in (MINE, THEIRS)]
    for name in (MINE, THEIRS):
        wanted += [
            Wanted(("accounts", f"a@{name}"), {"name": f"of {name}", "quota_mb": 7}),
            Wanted(("accounts", f"z@{name}"), {}),
            Wanted(("aliases", f"info@{name}"), {"targets": [f"a@{name}"]}),
        ]
    assert applies.apply(admin, of_wanted(admin, wanted)).outcome == "applied"
    operator_list.add(admin, "jiro", role="domain_admin", domains=[MINE], password="correct horse battery")
    return by_operator(Operator.objects.get(username="jiro"), "en")


@pytest.fixture
def api(domain_admin: Caller) -> Client:
    token = tokens.make(domain_admin, "t", scope="write")[1]
    return Client(headers={"Authorization": f"Bearer {token}"})


def ask(api: Client, verb: str, path: str, body: Any = None) -> tuple[int, str]:
    sent = "" if body is None else json.dumps(body)
    answer = api.generic(verb, f"/api/v1{path}", sent, content_type="application/json", secure=True)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return answer.status_code, content.decode()


def test_no_list_search_count_or_file_shows_anything_of_others(api: Client, admin: Caller) -> None:
    applies.apply(admin, of_wanted(admin, [Wanted(("accounts", f"a@{THEIRS}", "name"), "hidden name")]), comment="hush")
    asked = 0
    for route in NEEDS:
        verb, path = route.split(" ")
        if verb != "GET" or "{name}" in path or "{address}" in path:
            continue
        for number in range(1, 5):
            status, text = ask(
                api,
                "GET",
                path.replace("{int:number}", str(number)).replace("{path:name}", "x").replace("{number}", "x"),
            )
            assert status in {200, 403, 404}, (path, status, text)
            assert THEIRS not in text, (path, text)
            assert not {word for word in ("hidden name", "hush") if word in text}, (path, text)
            asked += status == 200
    assert asked > 15
    for query in ("", "?search=a", f"?search=a@{THEIRS}", f"?search=@{THEIRS}", "?initial=a", "?sort=-usage"):
        found = json.loads(ask(api, "GET", f"/quotas{query}")[1])
        assert all(each["address"].endswith(MINE) for each in found["items"]), query
        assert found["total"] == 2
        assert found["found"] == (0 if THEIRS in query else 1 if "=a" in query else 2), query
        assert found["initials"] == {"a": 1, "z": 1}
    for table, number in (("domains", 1), ("accounts", 2), ("aliases", 1)):
        page = json.loads(ask(api, "GET", f"/{table}")[1])
        assert (page["found"], page["total"], len(page["items"])) == (number, number, number)
        assert json.loads(ask(api, "GET", f"/{table}?domain={THEIRS}")[1])["found"] in (
            0,
            number if table == "domains" else 0,
        )


def test_another_s_row_is_answered_like_one_that_nobody_has(api: Client) -> None:
    wrong = []
    for route in NEEDS:
        verb, path = route.split(" ")
        bodies: dict[str, Any] = {
            "PATCH /accounts/{address}": {"name": "x"},
            "PUT /accounts/{address}/password": {"password": "a good password"},
            "PUT /aliases/{address}": {"targets": ["far@away.example"]},
            "PUT /quotas/{address}": {"quota_mb": 5},
            "POST /accounts/{address}/rename": {"address": f"b@{MINE}"},
        }
        if "{name}" not in path.replace("{path:name}", "") and "{address}" not in path:
            continue
        if path.startswith("/operators"):
            continue
        local = "info" if path.startswith("/aliases") else "a"
        answers = []
        for domain in (THEIRS, NOBODYS):
            at = path.replace("{name}", domain).replace("{address}", f"{local}@{domain}")
            status, text = ask(api, verb, at, bodies.get(route))
            answers.append((status, text.replace(domain, "DOMAIN")))
        kept = [drop_numbers(text) for _, text in answers]
        if answers[0][0] != answers[1][0] or kept[0] != kept[1]:
            wrong.append((route, answers))
    assert wrong == []


def drop_numbers(text: str) -> Any:
    said = json.loads(text) if text else {}
    return {key: value for key, value in said.items() if key not in {"digest", "run", "base"}}


@pytest.mark.parametrize(
    "edit",
    [
        {"path": "accounts/new@{domain}", "now": {}},
        {"path": "accounts/a@{domain}", "now": {}, "new": True},
        {"path": "accounts/a@{domain}", "now": None},
        {"path": "accounts/a@{domain}/quota_mb", "now": 1},
        {"path": "accounts/a@{domain}/name", "now": "x", "was": "of secret.example"},
        {"path": "aliases/info@{domain}", "now": {"targets": ["x@away.example"]}},
        {"path": "aliases/postmaster@{domain}", "now": {"targets": ["a@mine.example"]}},
        {"path": "aliases/@{domain}", "now": {"targets": ["a@mine.example"]}},
        {"path": "domains/{domain}", "now": {}},
        {"path": "domains/sub.{domain}", "now": {}},
        {"path": "domains/{domain}", "now": None},
    ],
)
def test_edits_of_others_rows_fail_as_edits_of_rows_that_there_are_not(api: Client, edit: dict[str, Any]) -> None:
    for verb, path in (("POST", "/plan"), ("POST", "/apply"), ("POST", "/draft/edits")):
        answers = []
        for domain in (THEIRS, NOBODYS):
            wanted = {**edit, "path": edit["path"].replace("{domain}", domain)}
            status, text = ask(api, verb, path, {"edits": [wanted]})
            assert status in {200, 403, 422}
            if status == 200:
                assert json.loads(text)["outcome"] == "refused", text
            answers.append((status, drop_numbers(text.replace(domain, "DOMAIN"))))
        assert answers[0] == answers[1], path


def test_a_target_in_another_s_domain_is_an_address_like_any_other(api: Client) -> None:
    answers = []
    for number, target in enumerate((f"a@{THEIRS}", f"nobody@{THEIRS}", f"a@{NOBODYS}")):
        status, text = ask(api, "POST", "/aliases", {"address": f"x{number}@{MINE}", "targets": [target]})
        said = json.loads(text)
        answers.append((status, said["outcome"], said["findings"]))
    assert answers == [(200, "applied", [])] * 3
    # In his own he is told.
    said = json.loads(ask(api, "POST", "/aliases", {"address": f"y@{MINE}", "targets": [f"nobody@{MINE}"]})[1])
    assert [each["code"] for each in said["findings"]] == ["target-missing"]


def test_his_own_rows_are_his_to_change_with_all_that_belongs_to_it(api: Client) -> None:
    for verb, path, body in (
        ("POST", "/accounts", {"address": f"b@{MINE}", "password": "a good password"}),
        ("PATCH", f"/accounts/b@{MINE}", {"name": "B"}),
        ("PUT", f"/accounts/b@{MINE}/password", {"password": "another password"}),
        ("PUT", f"/quotas/b@{MINE}", {"quota_mb": 9}),
        ("PUT", f"/aliases/info@{MINE}", {"targets": [f"b@{MINE}"]}),
        ("POST", "/apply", {"file": f"fumibako: 1\naccounts:\n  c@{MINE}: {{name: C}}\n"}),
        ("DELETE", f"/accounts/c@{MINE}", None),
    ):
        status, text = ask(api, verb, path, body)
        assert (status, json.loads(text)["outcome"]) == (200, "applied"), (verb, path, text)
    history = json.loads(ask(api, "GET", "/revisions")[1])["items"]
    assert history[0]["edit_count"] == 1
    # The first has the rows of both domains: of those he sees and counts his own.
    assert history[-1]["edit_count"] == 4
    assert history[-1]["who"] == "root"
    number = history[-1]["number"]
    assert json.loads(ask(api, "POST", f"/revisions/{number}/restore", {})[1])["outcome"] == "applied"
    rows = json.loads(ask(api, "GET", "/accounts")[1])["items"]
    assert [each["address"] for each in rows] == [f"a@{MINE}", f"z@{MINE}"]


def test_a_file_of_his_carries_rows_and_no_settings(api: Client) -> None:
    text = ask(api, "GET", "/export")[1]
    assert "basics" not in text
    assert MINE in text
    assert json.loads(ask(api, "POST", "/plan", {"file": text, "prune": True})[1])["outcome"] == "unchanged"
    assert ask(api, "POST", "/plan", {"file": "fumibako: 1\nbasics: {message_size_limit: 0}\n"})[0] == 403
    for domain in (THEIRS, NOBODYS):
        assert ask(api, "POST", "/apply", {"file": f"fumibako: 1\ndomains:\n  {domain}: {{}}\n"})[0] == 403


def test_settings_are_not_his_in_any_way(api: Client, domain_admin: Caller) -> None:
    with pytest.raises(Denied):
        drafts.stage(domain_admin, [Wanted("basics.message_size_limit", 1)])
    for was in (10485760, 5):
        edit = {"path": "basics.message_size_limit", "now": 1, "was": was}
        assert ask(api, "POST", "/apply", {"edits": [edit]})[0] == 403
    assert "smtp" not in json.dumps(drafts.view(domain_admin).settings)


def test_a_bare_name_belongs_to_a_domain_of_his(api: Client) -> None:
    status, text = ask(api, "POST", "/aliases", {"address": "sales", "targets": ["a"]})
    assert (status, json.loads(text)["settings"][0]["path"]) == (200, f"aliases/sales@{MINE}")


def test_what_waits_to_be_confirmed_is_its_author_s(api: Client, admin: Caller) -> None:
    applies.apply(admin, of_wanted(admin, [Wanted("basics.message_size_limit", 5)]), confirm_within=60)
    for path in ("/confirm", "/roll_back"):
        said = json.loads(ask(api, "POST", path)[1])
        assert (said["outcome"], said["findings"][0]["code"]) == ("refused", "nothing-unconfirmed")


def test_a_domain_that_is_taken_away_takes_what_is_staged_along(
    domain_admin: Caller, api: Client, admin: Caller
) -> None:
    applies.apply(admin, of_wanted(admin, [Wanted(("domains", "other.example"), {})]))
    assert ask(api, "PATCH", f"/accounts/a@{MINE}?draft=true", {"name": "staged"})[0] == 200
    operator_list.change(admin, "jiro", domains=["other.example"])
    assert json.loads(ask(api, "GET", "/draft")[1])["count"] == 0
    assert ask(api, "GET", f"/accounts/a@{MINE}")[0] == 404
    assert json.loads(ask(api, "GET", "/domains")[1])["total"] == 1

"""Mailbox quotas over the API: what is used and what is allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from fumibako.actions import applies
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted
from fumibako.store import directory, usage


@pytest.fixture(autouse=True)
def live(admin: Caller) -> None:
    rows = [Wanted(f"accounts/{name}@example.jp", {}) for name in ("ann", "ben", "bob")]
    applies.apply(admin, of_wanted(admin, [Wanted("domains/example.jp", {}), *rows]))
    usage.hear(("", 0), ("e", 1), [("bob@example.jp", 5 * 1_048_576, 2)])


def ask(client: Client, verb: str, path: str, body: Any = None) -> Any:
    content = "" if body is None else json.dumps(body)
    return client.generic(verb, f"/api/v1{path}", content, content_type="application/json", secure=True)


def limit(name: str) -> object:
    row = directory.row("accounts", f"{name}@example.jp")
    assert row is not None
    return row["quota_mb"]


def test_the_list_has_usage_and_limit(socket_client: Client) -> None:
    assert ask(socket_client, "PUT", "/quotas/bob@example.jp", {"quota_mb": 10}).json()["outcome"] == "applied"
    first = ask(socket_client, "GET", "/quotas?sort=-usage&limit=1").json()
    assert first["items"][0] == {
        "address": "bob@example.jp",
        "name": "",
        "usage_bytes": 5 * 1_048_576,
        "messages": 2,
        "quota_mb": 10,
        "percent": 50,
    }
    assert (first["total"], first["initials"]) == (3, {"a": 1, "b": 2})
    assert len(ask(socket_client, "GET", f"/quotas?sort=-usage&after={first['next']}").json()["items"]) == 2


def test_one_limit_for_many_says_what_it_did(socket_client: Client) -> None:
    body = {"quota_mb": "7", "addresses": ["ann", "ben@example.jp", "nobody"], "preview": True}
    counts = {"changed": 2, "unchanged": 0, "unknown": ["nobody"]}
    assert ask(socket_client, "POST", "/quotas", body).json() == counts
    assert limit("ann") is None
    answer = ask(socket_client, "POST", "/quotas", body | {"preview": False}).json()
    assert answer["outcome"] == "applied"
    assert {name: answer[name] for name in counts} == counts
    assert [limit(name) for name in ("ann", "ben", "bob")] == [7, 7, None]
    ask(socket_client, "POST", "/quotas", {"quota_mb": 9, "search": "b"})
    assert [limit(name) for name in ("ann", "ben", "bob")] == [7, 9, 9]


@pytest.mark.parametrize("quota", [-1, 0, 1e30, "10MB", "1e30", 1.5, True])
def test_a_wrong_limit_changes_nothing(socket_client: Client, quota: Any) -> None:
    for verb, path, body in (
        ("PUT", "/quotas/ann@example.jp", {"quota_mb": quota}),
        ("POST", "/quotas", {"quota_mb": quota, "addresses": ["ann@example.jp"]}),
        ("POST", "/csv/quotas", {"csv": f"address,quota_mb\nann@example.jp,{quota}\n"}),
    ):
        answer = ask(socket_client, verb, path, body).json()
        assert answer["findings"], (path, answer)
    assert limit("ann") is None


def test_limits_go_out_and_in_as_csv(socket_client: Client) -> None:
    text = ask(socket_client, "GET", "/csv/quotas").content.decode()
    assert text.splitlines()[:2] == ["address,quota_mb,usage_bytes,messages", "ann@example.jp,,0,0"]
    changed = text.replace("ann@example.jp,,", "ann@example.jp,12,")
    assert ask(socket_client, "POST", "/csv/quotas", {"csv": changed}).json()["outcome"] == "applied"
    assert limit("ann") == 12


def test_every_wrong_line_is_named(socket_client: Client) -> None:
    text = "address,quota_mb\nann@example.jp,-1\nben@example.jp,5\nnobody@example.jp,5\n"
    answer = ask(socket_client, "POST", "/csv/quotas", {"csv": text})
    assert answer.status_code == 422
    assert [each["path"] for each in answer.json()["findings"]] == ["line 2", "line 4"]
    assert limit("ben") is None

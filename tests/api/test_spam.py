"""Block lists and refused senders by REST."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from fumibako.actions import agent_link
from fumibako.actions import view as views

LISTS, SENDERS = "/api/v1/spam/lists", "/api/v1/spam/senders"


def send(client: Client, verb: str, path: str, body: object = None) -> Any:
    return client.generic(verb, path, json.dumps(body), content_type="application/json", secure=True)


def blocked() -> list[str]:
    return list(views.live().settings["spam"]["blocked_senders"])


def test_senders_come_and_go_in_any_spelling_and_in_pages(socket_client: Client) -> None:
    entries = ["A@Example.jp", "@example.org", "b@example.jp"]
    assert send(socket_client, "POST", SENDERS, {"entries": entries}).json()["outcome"] == "applied"
    first = socket_client.get(f"{SENDERS}?limit=2", secure=True).json()
    assert ([each["sender"] for each in first["items"]], first["total"]) == (["@example.org", "a@example.jp"], 3)
    rest = socket_client.get(f"{SENDERS}?after={first['next']}", secure=True).json()
    assert ([each["sender"] for each in rest["items"]], rest["next"]) == (["b@example.jp"], None)
    assert send(socket_client, "DELETE", f"{SENDERS}?entry=A@EXAMPLE.jp").json()["outcome"] == "applied"
    assert blocked() == ["@example.org", "b@example.jp"]


def test_one_that_is_wrong_keeps_all_of_them_out(socket_client: Client) -> None:
    answer = send(socket_client, "POST", SENDERS, {"entries": ["a@example.jp", "example.org"]}).json()
    assert answer["outcome"] == "refused"
    assert [(each["code"], each["suggestion"]) for each in answer["findings"]] == [("sender-form", "@example.org")]
    assert blocked() == []


def test_lists_come_with_what_is_known_of_them(socket_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert send(socket_client, "POST", LISTS, {"entries": ["BL.example.net*2", "x.example.net"]}).status_code == 200
    known = {"name": "bl.example.net", "state": "everybody", "checked": 1_700_000_000, "hits": 3, "refused": 0}
    monkeypatch.setattr(agent_link, "observe", lambda: {"ok": True, "block_lists": [known]})
    items = socket_client.get(LISTS, secure=True).json()["items"]
    assert items[0] == {"list": "bl.example.net*2", **known}
    assert items[1]["state"] is None
    metrics = socket_client.get("/metrics", secure=True).content.decode()
    assert 'fumibako_block_list_hits_total{list="bl.example.net"} 3' in metrics
    assert 'fumibako_block_list_off{list="bl.example.net"} 1' in metrics

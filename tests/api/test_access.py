"""The permitted clients by REST."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from fumibako.actions import view as views
from tests.fake_node import FakeNode

PATH = "/api/v1/access/clients"


def send(client: Client, verb: str, path: str, body: object = None) -> Any:
    return client.generic(verb, path, json.dumps(body), content_type="application/json", secure=True)


def permitted() -> list[str]:
    return list(views.live().settings["access"]["permitted_clients"])


def test_clients_come_with_their_exact_ranges(socket_client: Client) -> None:
    answer = send(socket_client, "POST", PATH, {"clients": ["192.168.0.21-24", "Example.COM"]})
    assert answer.json()["outcome"] == "applied"
    items = socket_client.get(PATH, secure=True).json()["items"]
    assert items[0] == {
        "client": "192.168.0.21-24",
        "meaning": "192.168.0.21 – .24",
        "first": "192.168.0.21",
        "last": "192.168.0.24",
        "addresses": 4,
        "number": "4 addresses",
    }
    assert items[1]["client"] == "example.com"
    gone = send(socket_client, "DELETE", f"{PATH}?client=EXAMPLE.com")
    assert gone.json()["outcome"] == "applied"
    assert permitted() == ["192.168.0.21-24"]


def test_a_bad_one_changes_nothing_and_says_where(socket_client: Client) -> None:
    answer = send(socket_client, "POST", PATH, {"clients": ["192.168.0.1", "0.0.0.0/0"]}).json()
    assert answer["outcome"] == "refused"
    assert [(each["code"], each["path"]) for each in answer["findings"]] == [
        ("client-everybody", "access.permitted_clients[0.0.0.0/0]")
    ]
    assert permitted() == []


def test_a_wide_one_has_to_be_meant(socket_client: Client, node: FakeNode) -> None:
    answer = send(socket_client, "POST", PATH, {"clients": ["10."]}).json()
    assert answer["outcome"] == "refused"
    assert [(each["code"], each["severity"]) for each in answer["findings"]] == [
        ("client-wide", "danger"),
        ("confirm-danger", "error"),
    ]
    assert permitted() == []
    sure = send(socket_client, "POST", f"{PATH}?sure=true", {"clients": ["10."]}).json()
    assert sure["outcome"] == "applied"
    assert permitted() == ["10."]
    # What is so already is not asked about with every other edit.
    other = send(socket_client, "POST", PATH, {"clients": ["192.168.0.1"]}).json()
    assert other["outcome"] == "applied"

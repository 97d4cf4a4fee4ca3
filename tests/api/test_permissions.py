"""Every address and verb of both APIs, asked by every kind of caller."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.test import Client

from fumibako.actions import tokens
from fumibako.actions.caller import Caller, by_operator
from fumibako.api.node import node as node_api
from fumibako.api.rest import rest
from fumibako.console import peer
from fumibako.store.models import Operator
from fumibako.wire.zones import ZoneReport
from tests.console_fixtures import operator
from tests.fake_node import FakeNode

AGENT_USER, SOMEBODY = 4242, 4343

# What a caller needs for each; an address that is not here fails the test, so that a new one is thought about.
LOOK, STAGE, APPLY, HOUSE, ROOT = "look", "stage", "apply", "house", "root"
# The same of the rows of some domains, and what everybody does for himself.
LOOK_ROWS, STAGE_ROWS, APPLY_ROWS, OWN = "look at rows", "stage rows", "apply rows", "own"
NEEDS = {
    "GET /system-accounts": LOOK_ROWS,
    "GET /access/clients": LOOK,
    "POST /access/clients": APPLY,
    "DELETE /access/clients": APPLY,
    "GET /relay/routes": LOOK,
    "POST /relay/routes": APPLY,
    "PATCH /relay/routes/{name}": APPLY,
    "DELETE /relay/routes/{name}": APPLY,
    "GET /spam/lists": LOOK,
    "POST /spam/lists": APPLY,
    "DELETE /spam/lists": APPLY,
    "GET /spam/senders": LOOK,
    "POST /spam/senders": APPLY,
    "DELETE /spam/senders": APPLY,
    "GET /settings": LOOK,
    "PATCH /settings": APPLY,
    "GET /draft": STAGE_ROWS,
    "DELETE /draft": STAGE_ROWS,
    "POST /draft/edits": STAGE_ROWS,
    "DELETE /draft/edits": STAGE_ROWS,
    "POST /draft/resolve": STAGE_ROWS,
    "POST /plan": STAGE_ROWS,
    "POST /explain": LOOK,
    "POST /check/message": LOOK,
    "POST /apply": APPLY_ROWS,
    "POST /confirm": APPLY_ROWS,
    "POST /roll_back": APPLY_ROWS,
    "GET /runs/{int:number}": LOOK_ROWS,
    "GET /export": LOOK_ROWS,
    "GET /keys": LOOK_ROWS,
    "POST /keys": APPLY_ROWS,
    "POST /keys/upload": APPLY_ROWS,
    "POST /keys/rotate": APPLY_ROWS,
    "POST /keys/{domain}/{selector}/withdraw": APPLY_ROWS,
    "GET /keys/{domain}/{selector}/private": ROOT,
    "GET /dns/needed": LOOK_ROWS,
    "GET /dns/primaries": LOOK,
    "POST /dns/check": LOOK_ROWS,
    "POST /dns/publish": APPLY_ROWS,
    "GET /secrets": LOOK,
    "PUT /secrets/{path:name}": APPLY,
    "DELETE /secrets/{path:name}": APPLY,
    "GET /domains": LOOK_ROWS,
    "POST /domains": APPLY,
    "GET /domains/{name}": LOOK_ROWS,
    "DELETE /domains/{name}": APPLY,
    "GET /accounts": LOOK_ROWS,
    "POST /accounts": APPLY_ROWS,
    "GET /accounts/{address}": LOOK_ROWS,
    "PATCH /accounts/{address}": APPLY_ROWS,
    "DELETE /accounts/{address}": APPLY_ROWS,
    "PUT /accounts/{address}/password": APPLY_ROWS,
    "GET /accounts/{address}/app_passwords": LOOK_ROWS,
    "DELETE /accounts/{address}/app_passwords": APPLY_ROWS,
    "POST /accounts/{address}/rename": APPLY_ROWS,
    "GET /removed_accounts": LOOK_ROWS,
    "POST /removed_accounts/{address}/restore": APPLY_ROWS,
    "GET /aliases": LOOK_ROWS,
    "POST /aliases": APPLY_ROWS,
    "GET /aliases/{address}": LOOK_ROWS,
    "PUT /aliases/{address}": APPLY_ROWS,
    "DELETE /aliases/{address}": APPLY_ROWS,
    "GET /csv/aliases": LOOK_ROWS,
    "POST /csv/aliases": APPLY_ROWS,
    "GET /quotas": LOOK_ROWS,
    "GET /quotas/{address}": LOOK_ROWS,
    "PUT /quotas/{address}": APPLY_ROWS,
    "POST /quotas": APPLY_ROWS,
    "GET /csv/quotas": LOOK_ROWS,
    "POST /csv/quotas": APPLY_ROWS,
    "GET /revisions": LOOK_ROWS,
    "GET /revisions/{int:number}": LOOK_ROWS,
    "GET /revisions/{int:number}/diff": LOOK_ROWS,
    "POST /revisions/{int:number}/restore": APPLY_ROWS,
    "GET /csv/accounts": LOOK_ROWS,
    "POST /csv/accounts": APPLY_ROWS,
    "GET /csv/imports/{number}": LOOK_ROWS,
    "DELETE /csv/imports/{number}": STAGE_ROWS,
    "GET /status": LOOK,
    "GET /audit": STAGE_ROWS,
    "GET /operators": HOUSE,
    "POST /operators": HOUSE,
    "GET /operators/{name}": HOUSE,
    "PATCH /operators/{name}": HOUSE,
    "DELETE /operators/{name}": HOUSE,
    "POST /operators/{name}/code": HOUSE,
    "GET /tokens": OWN,
    "POST /tokens": OWN,
    "DELETE /tokens/{int:number}": OWN,
    "POST /first-code": ROOT,
}
BODIES = {
    "POST /access/clients": {"clients": ["192.0.2.1"]},
    "POST /relay/routes": {"name": "default", "host": "192.0.2.9"},
    "PATCH /relay/routes/{name}": {"port": 26},
    "POST /spam/lists": {"entries": ["bl.example.net"]},
    "POST /spam/senders": {"entries": ["@example.org"]},
    "PATCH /settings": {"basics": {"message_size_limit": 5}},
    "POST /draft/edits": {"edits": []},
    "POST /draft/resolve": {"path": "basics.message_size_limit", "keep": "mine"},
    "POST /plan": {"edits": []},
    "POST /explain": {"from": "", "to": "hanako@example.jp"},
    "POST /check/message": {"message": "", "client": "x"},
    "POST /apply": {"edits": []},
    "PUT /secrets/{path:name}": {"secret": ""},
    "POST /keys": {"domain": "example.jp"},
    "POST /keys/upload": {"domain": "example.jp", "pem": ""},
    "POST /keys/rotate": {"domain": "example.jp"},
    "POST /dns/check": {"domain": "gone.example"},
    "POST /dns/publish": {"domain": "gone.example"},
    "POST /domains": {"name": "example.jp"},
    "POST /accounts": {"address": "a@example.jp"},
    "PATCH /accounts/{address}": {"name": "x"},
    "PUT /accounts/{address}/password": {"password": "a good password"},
    "POST /accounts/{address}/rename": {"address": "b@example.jp"},
    "POST /aliases": {"address": "b@example.jp", "targets": ["a@example.jp"]},
    "PUT /aliases/{address}": {"targets": ["c@far.example"]},
    "POST /csv/accounts": {"csv": "address\n"},
    "POST /csv/aliases": {"csv": "address,targets\n"},
    "PUT /quotas/{address}": {"quota_mb": 5},
    "POST /quotas": {"quota_mb": 5, "addresses": ["a@example.jp"]},
    "POST /csv/quotas": {"csv": "address,quota_mb\n"},
    "POST /revisions/{int:number}/restore": {},
    "POST /tokens": {"name": "x"},
    "POST /operators": {"name": "x"},
    "PATCH /operators/{name}": {},
}
NODE = [
    "GET /work",
    "GET /secrets",
    "POST /runs/{int:number}/progress",
    "POST /runs/{int:number}/outcome",
    "POST /usage",
    "POST /system-users",
    "GET /discarded",
    "POST /discarded",
    "GET /zones",
    "POST /zones",
    "GET /directory",
]
QUERIES = {
    "GET /directory": {"table": "domains"},
    "DELETE /draft/edits": {"path": "basics.x"},
    "DELETE /access/clients": {"client": "192.0.2.1"},
    "DELETE /spam/lists": {"entry": "bl.example.net"},
    "DELETE /spam/senders": {"entry": "@example.org"},
}
NODE_BODIES = {
    "POST /runs/{int:number}/progress": {"steps": []},
    "POST /runs/{int:number}/outcome": {"outcome": "planned"},
    "POST /discarded": {"mailboxes": []},
    "POST /zones": ZoneReport("gone.example", ()).as_json(),
    "POST /system-users": {"users": []},
    "POST /usage": {"after": {"epoch": "", "last": 0}, "epoch": "", "last": 0, "used": []},
}


def routes(api: object) -> Iterator[str]:
    for prefix, router in api._routers:  # type: ignore[attr-defined]
        assert prefix in {"", "/"}
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    yield f"{method} {path}"


def ask(client: Client, base: str, route: str, body: object) -> int:
    verb, path = route.split(" ")
    for pattern, value in {
        "{int:number}": "1",
        "{name}": "example.jp",
        "{domain}": "example.jp",
        "{selector}": "s1",
        "{address}": "a@example.jp",
        "{path:name}": "nothing",
    }.items():
        path = path.replace(pattern, value)
    more = QUERIES.get(route, {})
    query = "?" + "&".join(f"{name}={value}" for name, value in more.items()) if more else ""
    content = json.dumps(body) if body is not None else ""
    answer = client.generic(verb, f"{base}{path}{query}", content, content_type="application/json", secure=True)
    return answer.status_code


@pytest.fixture
def callers(node: FakeNode, hanako: Caller, monkeypatch: pytest.MonkeyPatch) -> dict[str, Client]:
    """One of every kind; `session_of_…` without the token that shows that our own page asked."""
    monkeypatch.setattr(peer, "_agent_user", lambda: AGENT_USER)

    def of_peer(user: int) -> Client:
        client = Client(enforce_csrf_checks=True, **{"fumibako.peer": user})  # type: ignore[arg-type]
        client.force_login(Operator.objects.get(username="hanako"))
        return client

    def bearer(text: str) -> Client:
        return Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {text}"})

    def session(name: str) -> Client:
        client = Client(enforce_csrf_checks=True)
        client.force_login(Operator.objects.get(username=name))
        return client

    for name, role in (("domain", "domain_admin"), ("holder", "account_holder")):
        person = operator(name)
        Operator.objects.filter(pk=person.pk).update(role=role)
    return {
        "root": of_peer(0),
        "agent": of_peer(AGENT_USER),
        "somebody_on_the_socket": of_peer(SOMEBODY),
        "stranger": Client(enforce_csrf_checks=True),
        "session_of_admin": session("hanako"),
        "session_of_domain_admin": session("domain"),
        "session_of_account_holder": session("holder"),
        "reading_token": bearer(tokens.make(hanako, "r", scope="read")[1]),
        "writing_token": bearer(tokens.make(hanako, "w", scope="write")[1]),
        "token_of_domain_admin": bearer(
            tokens.make(by_operator(Operator.objects.get(username="domain"), "en"), "d", scope="write")[1]
        ),
        "bad_token": bearer("fumibako_nonsense"),
    }


ALLOWED = {
    "root": {LOOK, STAGE, APPLY, LOOK_ROWS, STAGE_ROWS, APPLY_ROWS, OWN, HOUSE, ROOT},
    "reading_token": {LOOK, LOOK_ROWS},
    "writing_token": {LOOK, STAGE, APPLY, LOOK_ROWS, STAGE_ROWS, APPLY_ROWS},
    "token_of_domain_admin": {LOOK_ROWS, STAGE_ROWS, APPLY_ROWS},
}


def test_every_address_and_verb_has_its_place_in_the_table() -> None:
    assert sorted(routes(rest)) == sorted(NEEDS)
    assert sorted(routes(node_api)) == sorted(NODE)


def test_every_address_and_verb_is_open_to_those_who_may_and_to_nobody_else(callers: dict[str, Client]) -> None:
    wrong = []
    for route, need in NEEDS.items():
        for name, client in callers.items():
            status = ask(client, "/api/v1", route, BODIES.get(route))
            # A session without the page's token may look, and only look, with a safe verb.
            allowed = ALLOWED.get(name, set())
            if name == "session_of_admin" and route.startswith("GET "):
                allowed = {LOOK, LOOK_ROWS, STAGE_ROWS, OWN, HOUSE}
            if name == "session_of_domain_admin" and route.startswith("GET "):
                allowed = {LOOK_ROWS, STAGE_ROWS, OWN}
            shut = status in {401, 403}
            if shut == (need in allowed) or status == 500:
                wrong.append((name, route, status))
    assert wrong == []


def test_the_agents_side_is_open_to_the_agent_and_root_alone(callers: dict[str, Client]) -> None:
    wrong = []
    for route in NODE:
        for name, client in callers.items():
            status = ask(client, "/api/node/v1", route, NODE_BODIES.get(route))
            if (status in {401, 403}) == (name in {"root", "agent"}) or status == 500:
                wrong.append((name, route, status))
    assert wrong == []


def test_metrics_are_for_those_who_may_look(callers: dict[str, Client]) -> None:
    shut = {name for name, client in callers.items() if client.get("/metrics", secure=True).status_code in {401, 403}}
    assert set(callers) - shut == {"root", "session_of_admin", "reading_token", "writing_token"}


def test_a_page_of_ours_shows_its_token_and_may_write(callers: dict[str, Client]) -> None:
    client = callers["session_of_admin"]
    cookie = "a" * 32
    from django.conf import settings

    client.cookies[settings.CSRF_COOKIE_NAME] = cookie
    answer = client.patch(
        "/api/v1/settings?draft=true",
        {"basics": {"message_size_limit": 5}},
        content_type="application/json",
        secure=True,
        headers={"X-CSRFToken": cookie, "Referer": "https://testserver/"},
    )
    assert answer.status_code == 200


def test_secrets_are_exported_to_root_and_sessions_but_to_no_token(callers: dict[str, Client]) -> None:
    may = {
        name
        for name, client in callers.items()
        if client.get("/api/v1/export?with_secrets=true", secure=True).status_code == 200
    }
    assert may == {"root", "session_of_admin"}

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from fumibako.actions import agent_link
from fumibako.store import directory, revisions
from tests.fake_node import FakeNode


def call(client: Client, verb: str, path: str, body: Any = None, language: str = "en", status: int = 200) -> Any:
    content = "" if body is None else json.dumps(body)
    answer = client.generic(
        verb, f"/api/v1{path}", content, content_type="application/json", headers={"Accept-Language": language}
    )
    assert answer.status_code == status, answer.content.decode()
    kind = answer.headers["Content-Type"]
    assert kind.startswith("application/problem+json" if status >= 400 else "application/json") or status == 204
    return json.loads(answer.content) if answer.content else None


# What the administrator may write wrongly, by place; the same table goes through the API and through the file.
BAD_OPTIONS: list[tuple[str, Any]] = [
    ("basics.services.smtp.port", 0),
    ("basics.services.smtp.port", 70000),
    ("basics.services.smtp.port", "25x"),
    ("basics.services.smtp.port", 20587),
    ("basics.message_size_limit", -1),
    ("basics.message_size_limit", "big"),
    ("basics.hostname", ""),
    ("basics.hostname", "a..b"),
    ("basics.hostname", "example.com\nfoo"),
    ("basics.hostname", "a" * 300),
    ("basics.hostname", "hash:/etc/x"),
    ("basics.advanced.smtpd_banner", "one\ntwo"),
    ("basics.advanced.smtpd_banner", "$(date)"),
    ("basics.advanced.smtpd_banner", "${x}"),
    ("basics.advanced.minimal_backoff_time", 5000),
    ("basics.local_overrides", {"no_such_parameter": "1"}),
    ("basics.local_overrides", {"queue_directory": "/tmp"}),
    ("basics.local_overrides", {"mailbox_command": "/bin/sh"}),
    ("basics.local_overrides", {"import_environment": "LD_PRELOAD=/tmp/x"}),
    ("basics.listen", ["300.1.1.1"]),
    ("basics.primary_domain", "not-here.example"),
]
BAD_DOMAINS = ["", "a..b", "example.com\nfoo", "a" * 300, "hash:/etc/x", "192.0.2.1", "localhost", "-a.example"]


def tree(path: str, value: Any) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(("path", "value"), BAD_OPTIONS)
def test_a_wrong_option_is_a_finding_in_both_languages_and_changes_nothing(
    socket_client: Client, path: str, value: Any
) -> None:
    text = json.dumps(tree(path, value))
    for language in ("en", "ja"):
        for body in ({"edits": [{"path": path, "now": value}]}, {"file": text}):
            for route in ("/plan", "/apply"):
                answer = call(socket_client, "POST", route, body, language)
                assert answer["outcome"] == "refused"
                assert all(finding["path"].startswith("basics.") for finding in answer["findings"])
                assert all(
                    any(ord(sign) > 0x3000 for sign in finding["message"]) == (language == "ja")
                    for finding in answer["findings"]
                ), answer["findings"]
        assert call(socket_client, "PATCH", "/settings", tree(path, value), language)["outcome"] == "refused"
        problem = call(socket_client, "PATCH", "/settings?draft=true", tree(path, value), language, 422)
        assert problem["code"] == "refused"
        assert problem["findings"][0]["path"].startswith("basics.")
    assert revisions.head().number == 1
    assert call(socket_client, "GET", "/draft")["count"] == 0


@pytest.mark.parametrize("name", BAD_DOMAINS)
def test_a_wrong_domain_is_a_finding_and_changes_nothing(socket_client: Client, name: str) -> None:
    answer = call(socket_client, "POST", "/domains", {"name": name})
    assert answer["outcome"] == "refused"
    assert answer["findings"][0]["path"].startswith("domains/")
    assert call(socket_client, "POST", "/apply", {"file": json.dumps({"domains": {name: {}}})})["outcome"] == "refused"
    call(socket_client, "POST", "/domains?draft=true", {"name": name}, status=422)
    assert directory.count("domains") == 0


@pytest.mark.parametrize("written", ["例え.jp", "ｅｘａｍｐｌｅ．ｊｐ", "EXAMPLE.jp"])
def test_a_domain_has_one_spelling_however_it_is_written(socket_client: Client, written: str) -> None:
    stored = "xn--r8jz45g.jp" if "例" in written else "example.jp"
    assert call(socket_client, "POST", "/domains", {"name": written})["outcome"] == "applied"
    again = call(socket_client, "POST", "/domains", {"name": stored})
    assert [finding["code"] for finding in again["findings"]] == ["exists"]
    assert [row["name"] for row in call(socket_client, "GET", "/domains")["items"]] == [stored]


def test_an_account_from_its_beginning_to_its_end(socket_client: Client) -> None:
    call(socket_client, "POST", "/domains", {"name": "example.jp"})
    made = call(
        socket_client, "POST", "/accounts", {"address": "Hanako@example.jp", "password": "secret-secret", "quota_mb": 5}
    )
    assert (made["outcome"], made["revision"]) == ("applied", 3)
    assert "argon2" not in json.dumps(made)
    row = call(socket_client, "GET", "/accounts/hanako@example.jp")
    switches = dict.fromkeys(("enabled", "may_send", "may_receive", "keep_copy"), True)
    switches |= {"forward": [], "vacation": None, "last_login": None, "language": None}  # type: ignore[dict-item]
    assert row == {"address": "hanako@example.jp", "name": "", "quota_mb": 5, **switches, "has_password": True}
    call(socket_client, "PATCH", "/accounts/hanako@example.jp", {"quota_mb": None, "name": "花子"})
    row = call(socket_client, "GET", "/accounts/hanako@example.jp")
    assert (row["quota_mb"], row["name"], row["enabled"]) == (None, "花子", True)
    assert call(socket_client, "PUT", "/accounts/hanako@example.jp/password", {"password": "other-other"})[
        "outcome"
    ] == ("applied")
    refused = call(socket_client, "DELETE", "/domains/example.jp")
    assert [finding["code"] for finding in refused["findings"]] == ["domain-has-accounts"]
    assert call(socket_client, "DELETE", "/accounts/hanako@example.jp")["outcome"] == "applied"
    assert call(socket_client, "DELETE", "/domains/example.jp")["outcome"] == "applied"
    call(socket_client, "GET", "/accounts/hanako@example.jp", status=404)


@pytest.mark.parametrize("quota", [0, -1, "much", 1.5, True])
def test_a_wrong_limit_is_a_finding(socket_client: Client, quota: Any) -> None:
    call(socket_client, "POST", "/domains", {"name": "example.jp"})
    answer = call(socket_client, "POST", "/accounts", {"address": "a@example.jp", "quota_mb": quota})
    assert (answer["outcome"], answer["findings"][0]["path"]) == ("refused", "accounts/a@example.jp/quota_mb")


def test_a_draft_is_made_looked_at_trimmed_planned_and_applied(socket_client: Client) -> None:
    call(socket_client, "PATCH", "/settings?draft=true", {"basics": {"message_size_limit": 5000}})
    call(socket_client, "POST", "/domains?draft=true", {"name": "example.jp"})
    call(socket_client, "POST", "/domains?draft=true", {"name": "b.example"})
    draft = call(socket_client, "GET", "/draft")
    assert (draft["count"], draft["chapters"]) == (3, {"basics": 1, "domains": 2})
    assert draft["edits"][1] == {
        "path": "domains/example.jp",
        "kind": "added",
        "text": "Domain example.jp",
        "was": "",
        "now": "",
        "chapter": "domains",
        "base": 1,
    }
    assert call(socket_client, "DELETE", "/draft/edits?path=domains/b.example") == {"removed": 1}
    assert call(socket_client, "GET", "/settings")["settings"]["basics"]["message_size_limit"] == 10_485_760
    assert call(socket_client, "GET", "/settings?draft=true")["settings"]["basics"]["message_size_limit"] == 5000
    plan = call(socket_client, "POST", "/plan", {"draft": True}, "ja")
    assert plan["outcome"] == "planned"
    assert plan["steps"][0]["title"] == "検査"
    assert "revision" not in plan
    assert call(socket_client, "POST", "/apply", {"draft": True, "digest": plan["digest"]})["revision"] == 2
    assert call(socket_client, "GET", "/draft")["count"] == 0
    assert call(socket_client, "POST", "/apply", {"draft": True})["outcome"] == "unchanged"


def test_an_apply_can_be_begun_and_looked_at(socket_client: Client, node: FakeNode) -> None:
    node.asleep = True
    begun = call(socket_client, "POST", "/apply", {"edits": [{"path": "domains/example.jp", "now": {}}], "wait": False})
    assert (begun["outcome"], begun["revision"]) == ("running", 2)
    assert call(socket_client, "GET", f"/runs/{begun['run']}")["outcome"] == "running"
    node.step()
    assert call(socket_client, "GET", f"/runs/{begun['run']}")["outcome"] == "applied"


def test_history_comparison_and_bringing_back(socket_client: Client) -> None:
    call(socket_client, "POST", "/apply", {"file": "basics: {message_size_limit: 1}", "comment": "small"})
    call(socket_client, "POST", "/domains", {"name": "example.jp"})
    history = call(socket_client, "GET", "/revisions?limit=2")
    assert [(each["number"], each["comment"]) for each in history["items"]] == [(3, ""), (2, "small")]
    assert [each["number"] for each in call(socket_client, "GET", f"/revisions?before={history['next']}")["items"]] == [
        1
    ]
    one = call(socket_client, "GET", "/revisions/2")
    assert (one["run"]["outcome"], one["settings"][0]["path"]) == ("applied", "basics.message_size_limit")
    assert [each["path"] for each in call(socket_client, "GET", "/revisions/1/diff?to=3")["settings"]] == [
        "basics.message_size_limit",
        "domains/example.jp",
    ]
    assert call(socket_client, "POST", "/revisions/1/restore", {"draft": True})["outcome"] == "staged"
    call(socket_client, "DELETE", "/draft")
    back = call(socket_client, "POST", "/revisions/1/restore", {})
    assert (back["outcome"], back["revision"]) == ("applied", 4)
    assert call(socket_client, "GET", "/revisions/1/diff")["settings"] == []
    call(socket_client, "GET", "/revisions/99", status=404)


def test_what_cannot_be_understood_is_a_problem_that_names_the_field(socket_client: Client) -> None:
    problem = call(socket_client, "POST", "/draft/edits", {"edits": [{"path": "basics.hostname"}]}, status=422)
    assert (problem["code"], problem["findings"][0]["path"]) == ("not-understood", "edits.0.now")
    call(socket_client, "POST", "/apply", {}, status=422)
    call(socket_client, "POST", "/apply", {"draft": True, "file": ""}, status=422)
    answer = socket_client.post("/api/v1/apply", "{", content_type="application/json")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_address_that_is_none_is_a_problem_document_too(socket_client: Client) -> None:
    told = socket_client.get("/api/v1/nothing/here")
    assert (told.status_code, told["Content-Type"], told.json()["code"]) == (
        404,
        "application/problem+json",
        "not-found",
    )


def test_status_without_an_agent_says_that_nobody_answers(socket_client: Client) -> None:
    status = call(socket_client, "GET", "/status")
    assert (status["revision"], status["applied"], status["agent"]) == (1, None, {"answers": False})
    assert status["services"]["smtp"] == {"address": "127.0.0.1:20025", "enabled": True, "answers": False}
    assert set(status["services"]) == {"smtp", "submission", "smtps", "pop3", "pop3s", "imap", "imaps"}
    assert status["console"] == {"url": "https://127.0.0.1:20443/", "answers": True}


def test_status_and_metrics_tell_what_the_agent_measured(
    socket_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = {"address": "127.0.0.1:20025", "enabled": True, "answers": True}
    seen = {"ok": True, "revision": 1, "generation": 4, "services": {"smtp": service}, "queue": 3, "drift": ["x"]}
    monkeypatch.setattr(agent_link, "observe", lambda: seen)
    status = call(socket_client, "GET", "/status")
    assert (status["applied"], status["queue"], status["drift"], status["generation"]) == (1, 3, ["x"], 4)
    metrics = socket_client.get("/metrics").content.decode()
    assert 'fumibako_service_up{service="smtp"} 1' in metrics
    assert "fumibako_queue_messages 3" in metrics


def test_the_description_names_every_address(socket_client: Client) -> None:
    described = call(socket_client, "GET", "/openapi.json")
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/apply" in described["paths"]


def test_the_audit_trail_is_read_in_pages(socket_client: Client) -> None:
    call(socket_client, "POST", "/domains", {"name": "example.jp"})
    one = call(socket_client, "GET", "/audit?limit=1")
    assert (one["items"][0]["who"], one["items"][0]["verb"]) == ("node", "run.applied")
    two = call(socket_client, "GET", f"/audit?limit=1&before={one['next']}")
    assert (two["items"][0]["who"], two["items"][0]["verb"]) == ("root", "apply")


def test_a_rename_at_once_is_of_the_account_that_serves_whatever_is_staged(socket_client: Client) -> None:
    call(socket_client, "POST", "/domains", {"name": "example.jp"})
    call(socket_client, "POST", "/accounts", {"address": "taro@example.jp", "password": "secret-secret"})
    call(socket_client, "DELETE", "/accounts/taro@example.jp?draft=true")
    renamed = call(socket_client, "POST", "/accounts/taro@example.jp/rename", {"address": "jiro@example.jp"})
    assert renamed["outcome"] == "applied"
    assert [row["address"] for row in call(socket_client, "GET", "/accounts")["items"]] == ["jiro@example.jp"]

"""A plan changes nothing and shows what the real servers would say; the same file twice is applied once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.system.network import SERVER
from tests.system.server import Server


def document(**basics: Any) -> str:
    return json.dumps({"basics": {"listen": ["127.0.0.1", SERVER], **basics}})


def planned(server: Server, **basics: Any) -> list[tuple[str, str]]:
    """The answers that would change, before and after."""
    answer = server.home.cli("plan", "-", "--json", stdin=document(**basics))
    assert (answer.exit, answer.json["outcome"]) == (0, "planned"), answer
    return [(row["before"], row["after"]) for row in answer.json["behaviour"] if row["changed"]]


def kept(server: Server) -> Any:
    """What is stored."""
    return server.home.cli("export", "--with-secrets").stdout, server.home.cli("history", "--json").json


def everything(server: Server) -> tuple[Any, Any, str, str]:
    """What a plan must leave as it is: settings, history, what serves, the servers' own words."""
    status = server.home.status()
    return (
        kept(server),
        [status[name] for name in ("revision", "applied", "services", "drift")],
        server.greeted("smtp")[1],
        server.talk("pop3").greeting,
    )


@pytest.mark.parametrize(
    ("overrides", "before", "after"),
    [
        ({"smtpd_helo_required": "yes"}, "250 2.1.0 Ok", "503 5.5.1 Error: send HELO/EHLO first"),
        ({"disable_vrfy_command": "no"}, "502 5.5.1 VRFY command is disabled", "252 2.0.0 postmaster"),
        ({"smtpd_discard_ehlo_keywords": "chunking, etrn, silent-discard"}, "CHUNKING", "—"),
        ({"strict_rfc821_envelopes": "yes"}, "250 2.1.0 Ok", "501 5.1.7 Bad sender address syntax"),
        ({"mail_name": "Letterbox"}, "ESMTP Postfix", "ESMTP Letterbox"),
    ],
)
def test_the_effect_of_a_parameter_that_has_no_option_is_seen_before_it_is_applied(
    server: Server, overrides: dict[str, str], before: str, after: str
) -> None:
    """Nothing of ours knows what these do: the live server and the candidate were asked."""
    server.given()
    rows = planned(server, local_overrides=overrides)
    assert any(before in was and after in now for was, now in rows), rows


def test_a_parameter_without_an_effect_on_a_session_shows_none(server: Server) -> None:
    server.given()
    assert planned(server, local_overrides={"qmgr_message_active_limit": "30000"}) == []


def test_what_was_planned_is_then_true(server: Server) -> None:
    server.given()
    overrides = {"smtpd_helo_required": "yes"}
    assert planned(server, local_overrides=overrides)
    server.given(local_overrides=overrides)
    assert server.talk("smtp").say("MAIL FROM:<>").startswith("503 5.5.1 ")


@pytest.mark.parametrize(
    "basics",
    [
        {"message_size_limit": 5_000},
        {"services": {"imap": {"enabled": False}, "smtp": {"behind_scanner": True}}},
        {"services": {"submission": {"tls": "none", "plaintext_auth": True}}},
        {"advanced": {"smtpd_banner": "ESMTP planned", "pop3_greeting": "planned"}},
        {"message_size_limit": -1},
    ],
)
def test_a_plan_changes_nothing(server: Server, basics: dict[str, Any]) -> None:
    server.given()
    before = everything(server)
    text = json.loads(document(**basics)) | {"domains": {"planned.example": {}}}
    answer = server.home.cli("plan", "-", "--json", stdin=json.dumps(text))
    assert answer.exit == (1 if basics.get("message_size_limit") == -1 else 0), answer
    assert everything(server) == before


def test_the_same_file_twice_is_unchanged_the_second_time(server: Server) -> None:
    server.given()
    text = json.dumps(
        json.loads(document(message_size_limit=2_345_678, services={"pop3": {"enabled": False}}))
        | {"domains": {"twice.example": {}}, "accounts": {"two@twice.example": {"name": "二", "quota_mb": 7}}}
    )
    first = server.home.apply(text)
    assert (first.exit, first.json["outcome"]) == (0, "applied"), first
    before = kept(server)
    again = server.home.apply(text)
    assert (again.exit, again.json["outcome"]) == (0, "unchanged"), again
    assert kept(server) == before
    assert server.home.cli("plan", "-", "--detailed-exitcode", stdin=text).exit == 0

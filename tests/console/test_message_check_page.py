"""Testing a message, as a browser does it; what the agent's process finds is in tests/cli/test_message_check.py."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fumibako.actions import agent_link, message_check

URL = "/authentication/message/"
HOSTILE = "From: <script>alert(1)</script>\r\n\r\nx"
FOUND = {
    "ok": True,
    "verdict": "reject",
    "reply": "550 5.7.1 <b>no</b>",
    "standing": "outside",
    "signs": [],
    "checks": [
        {"method": "dkim", "of": "<i>", "result": "fail", "code": "body-mismatch", "details": {}, "comment": ""},
        {"method": "spf", "of": "x", "result": "pass", "code": "of-another-version", "details": {}, "comment": "so"},
    ],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the agent is asked."""
    questions: list[dict[str, Any]] = []

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        questions.append(request)
        return FOUND

    monkeypatch.setattr(agent_link, "check_message", answer)
    return questions


def test_every_check_is_shown_with_its_reason_and_hostile_text_is_text(
    hanakos: Client, asked: list[dict[str, Any]]
) -> None:
    assert hanakos.get(URL, secure=True).status_code == 200
    answer = hanakos.post(URL, {"message": HOSTILE, "client": "192.0.2.1", "from": "<a@b.example>"}, secure=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "本文が署名のあとに変更されています" in page
    assert "拒否します" in page
    for markup in ("<script>alert", "<b>no", "<i>"):
        assert markup not in page
    assert base64.b64decode(asked[0]["message"]).decode() == HOSTILE
    assert (asked[0]["client"], asked[0]["from"]) == ("192.0.2.1", "a@b.example")


def test_a_file_goes_as_it_is(hanakos: Client, asked: list[dict[str, Any]]) -> None:
    octets = b"From: x\n\n\xff\x00"
    hanakos.post(URL, {"file": SimpleUploadedFile("m.eml", octets)}, secure=True)
    assert base64.b64decode(asked[0]["message"]) == octets


def test_what_is_wrong_is_said_beside_its_field_and_nobody_is_asked(
    hanakos: Client, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = hanakos.post(URL, {"message": "", "client": "nonsense"}, secure=True)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "メールがありません" in page
    assert "IP アドレスではありません" in page
    monkeypatch.setattr(message_check, "LARGEST", 10)
    assert hanakos.post(URL, {"message": "x" * 11}, secure=True).status_code == 422
    assert asked == []


def test_without_an_agent_the_page_says_so(hanakos: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_link, "check_message", lambda _: None)
    assert hanakos.post(URL, {"message": "x"}, secure=True).status_code == 422

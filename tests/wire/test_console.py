"""Runs and work survive the wire; outcomes say both languages."""

from __future__ import annotations

import json

import pytest

from fumibako.plan.report import FileChange, Row, Step
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text, plain
from fumibako.wire.console import Desired, DirectoryPage, Outcome, Run, RunKind, Work

EDITS = (
    Edit(("accounts", "hanako@example.jp"), None, {"password_hash": "{X}y"}),
    Edit(("accounts", "taro@example.jp", "quota_mb"), 1, None),
)


@pytest.mark.parametrize("kind", ["plan", "apply", "confirm", "roll_back"])
def test_work_survives_the_wire(kind: RunKind) -> None:
    run = Run(34, kind, 12, 13, {"basics": {}}, {"basics": {"x": [1]}}, EDITS, try_=False, confirm_within=60)
    for work in (Work(Desired(12, {"basics": {}}), run), Work(Desired(12, {}))):
        assert Work.from_json(json.loads(json.dumps(work.as_json()))) == work


def test_a_page_of_the_directory_survives_the_wire() -> None:
    page = DirectoryPage((("hanako@example.jp", {"enabled": True}),), "hanako@example.jp")
    assert DirectoryPage.from_json(json.loads(json.dumps(page.as_json()))) == page


def test_a_step_survives_the_wire() -> None:
    step = Step("try", Text("Trial", "試験起動"), "done", 2.1, Text("up", "起動"), "line 1\nline 2")
    assert Step.from_wire(json.loads(json.dumps(step.as_wire()))) == step


def test_an_outcome_carries_every_text_in_both_languages() -> None:
    text = Text("a", "あ")
    outcome = Outcome(
        "unconfirmed",
        (Step("check", text, "done", text=text),),
        (FileChange("postfix/main.cf", "changed", "-x\n+y\n"),),
        (Row("smtp", text, plain("1"), plain("2"), True, "notice", "basics.services.smtp"),),
        (Finding("drift", "postfix/main.cf", text, "warning"),),
        {"postfix": "reload", "dovecot": "none"},
        cuts=text,
        not_tried=text,
        confirm_by=100,
    )
    said = json.loads(json.dumps(outcome.as_json()))
    both = {"en": "a", "ja": "あ"}
    assert said["steps"][0]["title"] == said["steps"][0]["text"] == both
    assert (
        said["behaviour"][0]["question"] == said["findings"][0]["message"] == said["cuts"] == said["not_tried"] == both
    )
    assert (said["outcome"], said["confirm_by"], said["tried"]) == ("unconfirmed", 100, False)

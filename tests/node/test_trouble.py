"""Exceptions become words, and none of them is lost on the way to the log."""

from __future__ import annotations

import logging

import pytest

from fumibako.channel.applier import ApplierRefused
from fumibako.node.progress import Progress
from fumibako.node.trouble import Trouble, trouble
from fumibako.schema.text import Text
from fumibako.wire.applier import Offence

OFFENCE = Offence("postfix/main.cf", 12, "alias_maps", "not-allowed", "hash:/etc/x may not stand here.", "書けません。")
REFUSED = ApplierRefused("grammar", "The files are not accepted.", "受け付けません。", "", (OFFENCE,))


def test_the_offences_of_a_refused_file_are_findings_and_lines() -> None:
    said = trouble(REFUSED)
    assert [(each.code, each.path) for each in said.findings] == [("not-allowed", "postfix/main.cf")]
    assert said.detail == "postfix/main.cf:12 alias_maps: hash:/etc/x may not stand here."


def test_a_step_that_fails_is_in_the_log_with_the_offences(caplog: pytest.LogCaptureFixture) -> None:
    progress = Progress(lambda steps: None)
    with (
        caplog.at_level(logging.WARNING, "fumibako.node"),
        pytest.raises(Trouble),
        progress.step("check", Text("Check", "検査")),
    ):
        raise REFUSED
    assert "check: grammar: The files are not accepted. postfix/main.cf:12 alias_maps" in caplog.text
    assert progress.steps[0].outcome == "failed"


def test_a_step_that_goes_well_is_not(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "fumibako.node"), Progress(lambda steps: None).step("check", Text("a", "あ")):
        pass
    assert caplog.text == ""

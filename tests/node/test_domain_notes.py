"""What the agent takes from the filter's notes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

import pytest

from fumibako.layout import Home
from fumibako.node import domain_notes

HOME = Home(PurePosixPath("/nowhere"))


def answering(monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, str | None]) -> None:
    def ask(_home: Home, context: str, attributes: Mapping[str, str], *, patience: float) -> str | None:
        assert context == "domain-notes"
        assert patience <= 1
        return answers[attributes["domain"]]

    monkeypatch.setattr(domain_notes, "ask_filter", ask)


def test_notes_are_told_by_domain_and_what_is_none_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"signed": {"at": 100}, "failed": {"at": 90, "client": "192.0.2.1", "results": "spf=fail"}}
    said = 'DUNNO {"signed":{"at":100},"failed":{"at":90,"client":"192.0.2.1","results":"spf=fail"}}'
    others = {"empty": "DUNNO {}", "none": "DUNNO", "old": "DEFER_IF_PERMIT 4.3.0 x", "list": "DUNNO []"}
    answering(monkeypatch, {"a.jp": said, **others, "odd": 'DUNNO {"signed":{"at":"x"},"deferred":3}'})
    assert domain_notes.noted(HOME, ["a.jp", *others, "odd"]) == {"a.jp": good}


def test_a_silent_filter_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {"a.jp": None})
    assert domain_notes.noted(HOME, ["a.jp", "not asked.jp"]) == {}

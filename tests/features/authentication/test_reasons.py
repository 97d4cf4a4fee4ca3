"""Every reason of a check has its sentence in both languages."""

from __future__ import annotations

import string

from fumibako.features.authentication.reasons import JAPANESE, sentence
from fumibako.mailauth.reason import ENGLISH


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_reason_is_said_in_japanese_with_the_same_details_or_fewer() -> None:
    assert JAPANESE.keys() == ENGLISH.keys()
    for code, text in JAPANESE.items():
        assert names(text) <= names(ENGLISH[code]), code


def test_a_reason_that_nobody_knows_is_said_as_it_came() -> None:
    assert sentence("new", {}, "something").ja == "something"
    assert sentence("key-small", {"bits": "512"}, "").ja == "512 ビットの鍵は短すぎます"

"""Which block lists the mail filter's configuration may name."""

from __future__ import annotations

import pytest

from fumibako.applier.grammar.mail_filter import problems
from fumibako.formats.filter_json import format_filter


def offending(*lists: str) -> list[str]:
    return [name for name, _ in problems(format_filter({"hostname": "mail.example.jp", "block_lists": list(lists)}))]


def test_entries_in_their_one_spelling_are_accepted() -> None:
    assert offending("bl.example.net", "bl.example.net*2", "bl.example.org=127.0.0.[2..11]*-1") == []


@pytest.mark.parametrize(
    "entry", ["", "bl", "BL.example.net", "bl.example.net*0", "a b.example", "$x.example", "../x.y"]
)
def test_others_are_not(entry: str) -> None:
    assert offending(entry) == ["block_lists"]

"""filter.json: one spelling, each name with one type."""

from __future__ import annotations

import pytest

from fumibako.formats.filter_json import FilterConf, format_filter, parse_filter
from fumibako.formats.malformed import Malformed


def test_what_is_written_is_read() -> None:
    assert parse_filter(format_filter({"hostname": "mail.example.jp", "resolvers": ["[::1]:53"]})) == FilterConf(
        "mail.example.jp", ("[::1]:53",)
    )
    assert parse_filter(format_filter({})) == FilterConf()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        format_filter({}) + "\n",
        format_filter({}).replace(" ", ""),
        format_filter({}).replace('""', "null"),
        format_filter({}).replace('"hostname"', '"hostnam"'),
        format_filter({}).replace("[]", '["a\\nb"]'),
        format_filter({}).replace("[]", "[1]"),
        format_filter({}).replace("{", '{\n "more": 1,'),
    ],
)
def test_another_spelling_or_type_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_filter(text)


def test_a_name_that_nobody_knows_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError):
        format_filter({"hostnam": "x"})

"""CSV as spreadsheets write it is read, and what we write does nothing in one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.schema.csv_table import decoded, harmless_cell, plain_cell, read, write

COLUMNS = ("address", "targets")


def rows(text: str) -> list[dict[str, str]]:
    lines, findings = read(text, required=COLUMNS, known=COLUMNS)
    assert findings == []
    return [dict(line.cells) for line in lines]


def codes(text: str) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in read(text, required=COLUMNS, known=COLUMNS)[1]]


def test_columns_come_in_any_order_and_cells_may_be_missing() -> None:
    assert rows("\ufeffTargets, Address\r\nb,a\r\n\r\n,\r\nc\r\n") == [
        {"targets": "b", "address": "a"},
        {"targets": "c", "address": ""},
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [("csv-column", "line 1"), ("csv-column", "line 1")]),
        ("address\na", [("csv-column", "line 1")]),
        ("address,targets,colour\n", [("unknown-key", "line 1")]),
        ("address,targets,targets\n", [("csv-column-twice", "line 1")]),
        ("address,targets\na,b\n1,2,3\n", [("csv-cells", "line 3")]),
        ('address,targets\na,"b\n', [("csv", "line 2")]),
    ],
)
def test_what_is_wrong_names_its_line(text: str, found: list[tuple[str, str]]) -> None:
    assert codes(text) == found


def test_files_of_japanese_spreadsheets_are_read() -> None:
    for encoding in ("utf-8", "utf-8-sig", "cp932"):
        assert decoded("住所".encode(encoding)) == "住所"
    assert decoded(b"\x81\x20") is None


@given(st.text())
def test_a_cell_comes_back_as_it_was(text: str) -> None:
    assert plain_cell(harmless_cell(text)) == text


def test_formulas_come_out_harmless() -> None:
    for cell in ("=HYPERLINK(1)", "+1", "-1", "@example.jp", "\t=1"):
        assert harmless_cell(cell) == f"'{cell}"
    assert harmless_cell("info@example.jp") == "info@example.jp"
    assert write(COLUMNS, [("@x.jp", "a@x.jp")]) == "address,targets\r\n'@x.jp,a@x.jp\r\n"

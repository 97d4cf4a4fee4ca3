"""What may be written to a terminal, and columns that stand under each other."""

from __future__ import annotations

import io

import pytest

from fumibako.cli.terminal import coloured, harmless, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 文箱", "plain 文箱"),
        ("two\nlines\tand", "two\nlines\tand"),
        ("\x1b[31mred\x07", "?[31mred?"),
        ("\x9b2Jclear", "?2Jclear"),
        ("txt.\u202eexe", "txt.?exe"),
        ("\u2028\ud800", "??"),
    ],
)
def test_control_and_direction_characters_are_taken_out(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_columns_stand_under_each_other_with_wide_letters_too() -> None:
    assert table([("山田", "1"), ("abc", "2"), ("", "3")]) == ["山田  1", "abc   2", "      3"]
    assert table([]) == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert coloured("x", "red", Terminal()) == "\x1b[31mx\x1b[0m"
    assert coloured("x", "red", io.StringIO()) == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("x", "red", Terminal()) == "x"

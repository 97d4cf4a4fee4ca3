"""The rules that all formats share for the text inside one value or comment."""

from __future__ import annotations

from fumibako.formats.malformed import Malformed


def check_comment(text: str) -> None:
    """A comment is one line of printable text: whatever it says, it stays a comment."""
    if not text.isprintable() or text != text.strip():
        raise Malformed(
            "bad_comment", "A comment must be one line of printable text.", "コメントは印字できる 1 行の文字にします。"
        )


def check_printable(value: str, name: str, *, ascii_only: bool) -> None:
    """Refuse newlines, NUL and every other control character; outside ASCII too where the format is bytes."""
    if not value.isprintable():
        raise Malformed(
            "control_character",
            "The value has a line break or a control character.",
            "値に改行または制御文字が含まれています。",
            name=name,
        )
    if ascii_only and not value.isascii():
        raise Malformed("not_ascii", "The value must be ASCII.", "値には ASCII 文字だけを使います。", name=name)
    if value != value.strip():
        raise Malformed(
            "outer_blank",
            "The value begins or ends with a blank, which the format would drop.",
            "値の先頭または末尾に空白があり、この形式では失われます。",
            name=name,
        )


def balanced_braces(value: str) -> bool:
    """Whether every `{` has its `}`; Postfix groups by them and knows no way to quote one."""
    depth = 0
    for char in value:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0

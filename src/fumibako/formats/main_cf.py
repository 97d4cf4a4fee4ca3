"""Postfix's main.cf: `name = value` lines, as postconf(5) describes them.

The canonical spelling: one logical line a parameter, `name = value`, or `name =` for an empty value; comments begin with
`#` in the first column; blank lines separate. A long list (restrictions, maps, networks) is continued one item a line,
four blanks deep, so that a diff shows the item that changed. Postfix joins such lines by deleting the newline alone, and
takes any run of blanks between the items of a list as one, so this spelling means what the single line means.

A value is a Postfix expression: `$name` and `${name}` are replaced when a daemon reads it. `literal` makes an expression of
plain text, with `$` doubled. `$(name)` is refused: it is an old synonym that Postfix itself chokes on in places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from fumibako.formats.malformed import Malformed, first_difference, not_canonical
from fumibako.formats.text_rules import balanced_braces, check_comment, check_printable

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_MACRO: Final = re.compile(r"\$(?:\$|[A-Za-z0-9_]+|\{[A-Za-z0-9_]+\})")
_LIST_NAME: Final = re.compile(
    r"_(?:restrictions|maps|networks|domains|milters|hosts|options|protocols)$|^(mynetworks|mydestination)$"
)
_WIDTH: Final = 110
_INDENT: Final = "    "


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `value` is an expression without line breaks."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment line; the empty comment is a blank line."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class MainCf:
    """A whole main.cf, in order. No parameter stands twice: Postfix would take the last and only warn."""

    entries: tuple[Parameter | Comment, ...]

    @classmethod
    def of(cls, parameters: Mapping[str, str] | Iterable[tuple[str, str]]) -> MainCf:
        pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
        return cls(tuple(Parameter(name, value) for name, value in pairs))

    def parameters(self) -> dict[str, str]:
        return {entry.name: entry.value for entry in self.entries if isinstance(entry, Parameter)}


def literal(text: str) -> str:
    """The expression whose value is exactly `text`."""
    check_printable(text, "", ascii_only=True)
    return text.replace("$", "$$")


def check_expression(value: str, name: str) -> None:
    """Refuse a value that a Postfix file cannot hold, or whose `$` is neither `$$`, `$name` nor `${name}`."""
    check_printable(value, name, ascii_only=True)
    if "$" in _MACRO.sub("", value):
        raise Malformed(
            "bad_macro",
            "A dollar sign stands for $name or ${name}; write $$ for the sign itself.",
            "$ は $name か ${name} の形で使います。文字そのものは $$ と書きます。",
            name=name,
        )
    if not balanced_braces(value):
        raise Malformed(
            "unbalanced_braces", "Braces in the value do not match.", "値の波括弧の対応がとれていません。", name=name
        )


def format(main: MainCf) -> str:  # noqa: A001  # the pair of verbs that every module of this package has
    """The text of the file."""
    lines: list[str] = []
    seen: set[str] = set()
    for entry in main.entries:
        if isinstance(entry, Comment):
            check_comment(entry.text)
            lines.append(f"# {entry.text}" if entry.text else "")
            continue
        if not _NAME.fullmatch(entry.name):
            raise Malformed("bad_name", "Not a parameter's name.", "パラメーター名ではありません。", name=entry.name)
        if entry.name in seen:
            raise Malformed(
                "duplicate", "The parameter stands twice.", "パラメーターが重複しています。", name=entry.name
            )
        seen.add(entry.name)
        check_expression(entry.value, entry.name)
        lines.extend(_spelt(entry))
    return "".join(f"{line}\n" for line in lines)


def parse(text: str) -> MainCf:
    """The file that `text` is; `Malformed` with the line where it is not in the canonical spelling."""
    entries: list[Parameter | Comment] = []
    lines = text.split("\n")
    if lines.pop() != "":
        raise not_canonical(len(lines) + 1)
    previous_continues = False
    for number, line in enumerate(lines, start=1):
        if line == "" or line.startswith("#"):
            entries.append(Comment(line[2:]))
            previous_continues = False
        elif line.startswith(_INDENT):
            last = entries[-1] if entries else None
            if not previous_continues or not isinstance(last, Parameter):
                raise not_canonical(number)
            entries[-1] = Parameter(last.name, f"{last.value} {line[len(_INDENT) :]}".strip())
        else:
            name, equals, value = line.partition(" =")
            if not equals or not _NAME.fullmatch(name):
                raise not_canonical(number)
            entries.append(Parameter(name, value[1:]))
            previous_continues = True
    parsed = MainCf(tuple(entries))
    try:
        canonical = format(parsed)
    except Malformed as error:
        raise error.at(_line_of(lines, error.name), error.name) from None
    if canonical != text:
        raise not_canonical(first_difference(text, canonical))
    return parsed


def _line_of(lines: list[str], name: str) -> int:
    """The last line that begins with the parameter's name: where a duplicate or a bad value stands."""
    return max((number for number, line in enumerate(lines, 1) if name and line.startswith(f"{name} =")), default=1)


def _spelt(parameter: Parameter) -> list[str]:
    whole = f"{parameter.name} = {parameter.value}" if parameter.value else f"{parameter.name} ="
    if len(whole) <= _WIDTH or not _LIST_NAME.search(parameter.name):
        return [whole]
    items = _items(parameter.value)
    if len(items) < 2:
        return [whole]
    return [f"{parameter.name} =", *(f"{_INDENT}{item}" for item in items)]


def _items(value: str) -> list[str]:
    """The items of a list: split after `, ` outside braces, or at blanks where there is no comma."""
    comma = ", " in value
    items: list[str] = []
    depth = start = 0
    for index, char in enumerate(value):
        depth += (char == "{") - (char == "}")
        alone = char == " " and depth == 0 and value[index - 1] != " " and value[index + 1] != " "
        if alone and (not comma or value[index - 1] == ","):
            items.append(value[start:index])
            start = index + 1
    return [*items, value[start:]]

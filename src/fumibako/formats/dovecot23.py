"""Dovecot 2.3's configuration: settings and blocks in a tree.

The canonical spelling: two blanks an indentation, `name = value` or `name =`, `kind {` or `kind name {`, a `}` of its own.
A value is quoted where Dovecot's reader would otherwise see something else in it: a `#` (comment even in the middle of a
word), a quote, a leading `<` (read the file), a backslash at the end (continued line). `$` is refused: outside quotes it
names another setting. `FromFile` is the only way to say `<path`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from fumibako.formats.main_cf import Comment
from fumibako.formats.malformed import Malformed, first_difference, not_canonical
from fumibako.formats.text_rules import check_comment, check_printable

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_BARE_BLOCK_NAME: Final = re.compile(r"[A-Za-z0-9_./-]+")
_BLOCK: Final = re.compile(r'([a-z][a-z0-9_]*)(?: ([A-Za-z0-9_./-]+)| "([^"]+)")? \{')
_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class FromFile:
    """The value is the content of this file, an absolute path: `<path`."""

    path: str


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    value: str | FromFile


@dataclass(frozen=True, slots=True)
class Block:
    """`kind name { … }`; passdb, userdb and plugin blocks have no name."""

    kind: str
    name: str = ""
    items: tuple[Item, ...] = ()


Item: TypeAlias = Setting | Block | Comment


@dataclass(frozen=True, slots=True)
class DovecotConf:
    """A whole file, in order."""

    items: tuple[Item, ...]

    def setting(self, name: str) -> str | FromFile | None:
        """The value of a setting outside all blocks: the last one, as Dovecot takes it."""
        found = [item.value for item in self.items if isinstance(item, Setting) and item.name == name]
        return found[-1] if found else None

    def blocks(self, kind: str) -> Iterator[Block]:
        return (item for item in self.items if isinstance(item, Block) and item.kind == kind)


def format(conf: DovecotConf) -> str:  # noqa: A001  # see main_cf
    """The text of the file."""
    lines: list[str] = []
    _spell(conf.items, 0, lines)
    return "".join(f"{line}\n" for line in lines)


def parse(text: str) -> DovecotConf:
    """The file that `text` is; `Malformed` with the line where it is not in the canonical spelling."""
    lines = text.split("\n")
    if lines.pop() != "":
        raise not_canonical(len(lines) + 1)
    stack = [_Open(0, Block(""), [])]
    for number, line in enumerate(lines, start=1):
        try:
            _take(line.lstrip(" "), stack)
        except Malformed as error:
            raise error.at(number) from None
    if len(stack) != 1:
        raise not_canonical(len(lines), stack[-1].block.kind)
    parsed = DovecotConf(tuple(stack[0].items))
    canonical = format(parsed)
    if canonical != text:
        raise not_canonical(first_difference(text, canonical))
    return parsed


@dataclass(slots=True)
class _Open:
    """A block whose closing brace has not been seen yet."""

    depth: int
    block: Block
    items: list[Item] = field(default_factory=list)


def _take(line: str, stack: list[_Open]) -> None:
    top = stack[-1]
    if line == "" or line.startswith("#"):
        check_comment(line[2:])
        top.items.append(Comment(line[2:]))
    elif line == "}":
        if len(stack) == 1:
            raise not_canonical(0)
        stack.pop()
        stack[-1].items.append(Block(top.block.kind, top.block.name, tuple(top.items)))
    elif opened := _BLOCK.fullmatch(line):
        if top.depth == _DEEPEST:
            raise not_canonical(0, opened[1])
        block = Block(opened[1], opened[2] or opened[3] or "")
        _check_block(block)
        stack.append(_Open(top.depth + 1, block))
    else:
        name, equals, value = line.partition(" =")
        if not equals:
            raise not_canonical(0)
        setting = Setting(name, _value(value.removeprefix(" ")))
        _check_setting(setting)
        top.items.append(setting)


def _spell(items: tuple[Item, ...], depth: int, lines: list[str]) -> None:
    indent = "  " * depth
    for item in items:
        match item:
            case Comment(text):
                check_comment(text)
                lines.append(f"{indent}# {text}" if text else "")
            case Setting(name, value):
                _check_setting(item)
                spelt = _spelt(value)
                lines.append(f"{indent}{name} = {spelt}" if spelt else f"{indent}{name} =")
            case Block(kind, name, inner):
                _check_block(item)
                if depth == _DEEPEST:
                    raise Malformed(
                        "too_deep", "The blocks are nested too deeply.", "ブロックの入れ子が深すぎます。", name=kind
                    )
                shown = f" {name}" if _BARE_BLOCK_NAME.fullmatch(name) else f' "{name}"'
                lines.append(f"{indent}{kind}{shown if name else ''} {{")
                _spell(inner, depth + 1, lines)
                lines.append(f"{indent}}}")


def _check_setting(setting: Setting) -> None:
    if not _NAME.fullmatch(setting.name):
        raise Malformed("bad_name", "Not a setting's name.", "設定名ではありません。", name=setting.name)
    value = setting.value
    if isinstance(value, FromFile):
        check_printable(value.path, setting.name, ascii_only=True)
        if not re.fullmatch(r"/[A-Za-z0-9_./+-]+", value.path):
            raise Malformed(
                "bad_path", "Not a plain absolute path.", "単純な絶対パスではありません。", name=setting.name
            )
        return
    check_printable(value.strip(" "), setting.name, ascii_only=False)
    if "$" in value:
        raise Malformed(
            "dollar",
            "Dovecot would replace a name after $; the sign cannot be written.",
            "Dovecot は $ の後の名前を置き換えるため、この文字は使えません。",
            name=setting.name,
        )


def _check_block(block: Block) -> None:
    if not _NAME.fullmatch(block.kind):
        raise Malformed("bad_name", "Not a block's kind.", "ブロックの種類ではありません。", name=block.kind)
    check_printable(block.name, block.kind, ascii_only=False)
    if any(char in block.name for char in '"\\$#'):
        raise Malformed("bad_name", "Not a block's name.", "ブロック名に使えない文字です。", name=block.name)


def _must_be_quoted(value: str) -> bool:
    return (
        value != value.strip() or value.startswith("<") or value.endswith("\\") or any(char in value for char in "#\"'")
    )


def _spelt(value: str | FromFile) -> str:
    if isinstance(value, FromFile):
        return f"<{value.path}"
    if not _must_be_quoted(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _value(spelt: str) -> str | FromFile:
    if spelt.startswith("<"):
        return FromFile(spelt[1:])
    if len(spelt) >= 2 and spelt[0] == spelt[-1] == '"':
        return re.sub(r"\\(.)", r"\1", spelt[1:-1])
    return spelt

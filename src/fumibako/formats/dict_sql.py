"""Dovecot 2.3's dict-sql files: which table and columns stand for which keys of a dictionary.

The canonical spelling: an optional comment, `connect = …`, then `map { … }` with a line for each of four values, two blanks
in. A private key (`priv/…`) is the user's who asks; of a shared one the last part names the row (`shared/last-login/$user`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fumibako.formats.malformed import Malformed, first_difference, not_canonical
from fumibako.formats.text_rules import check_comment, check_printable

_MAP: Final = re.compile(
    r"map \{\n  pattern = ([^\n]+)\n  table = (\w+)\n"
    r"(?:  username_field = (?P<own>\w+)\n  value_field = (?P<value>\w+)\n"
    r"|  value_field = (?P<shared_value>\w+)\n  fields \{\n    (?P<named>\w+) = \$user\n  \}\n)\}\n"
)
_NAMES_THE_ROW: Final = "/$user"
_HEAD: Final = re.compile(r"(?:# ([^\n]+)\n)?connect = ([^\n]+)\n")


@dataclass(frozen=True, slots=True)
class DictMap:
    """Keys of the shape `pattern` are the column `value_field` of the row whose `username_field` is the user."""

    pattern: str
    table: str
    username_field: str
    value_field: str

    @property
    def shared(self) -> bool:
        return self.pattern.startswith("shared/")


@dataclass(frozen=True, slots=True)
class DictSql:
    connect: str
    maps: tuple[DictMap, ...]
    comment: str = ""


def format_dict_sql(conf: DictSql) -> str:
    check_comment(conf.comment)
    patterns = [each.pattern.removesuffix(_NAMES_THE_ROW) if each.shared else each.pattern for each in conf.maps]
    for name, value in [("connect", conf.connect), *(("pattern", each) for each in patterns)]:
        check_printable(value, name, ascii_only=True)
        if not re.fullmatch(r"[^#$\"'<>{}\\\s]+", value):
            raise Malformed(
                "unquotable",
                "Dovecot would not read the value as written.",
                "Dovecot が値をそのまま読み取れません。",
                name=name,
            )
    head = [f"# {conf.comment}"] if conf.comment else []
    return "".join(f"{part}\n" for part in [*head, f"connect = {conf.connect}", *map(_block, conf.maps)])


def _block(each: DictMap) -> str:
    value = f"  value_field = {each.value_field}\n"
    named = f"  fields {{\n    {each.username_field} = $user\n  }}\n"
    own = f"  username_field = {each.username_field}\n"
    row = f"{value}{named}" if each.shared else f"{own}{value}"
    return f"map {{\n  pattern = {each.pattern}\n  table = {each.table}\n{row}}}"


def parse_dict_sql(text: str) -> DictSql:
    head = _HEAD.match(text)
    if head is None:
        raise not_canonical(1)
    maps = tuple(
        DictMap(found[1], found[2], found["own"] or found["named"], found["value"] or found["shared_value"])
        for found in _MAP.finditer(text, head.end())
    )
    parsed = DictSql(head[2], maps, head[1] or "")
    if text != (canonical := format_dict_sql(parsed)):
        raise not_canonical(first_difference(text, canonical))
    return parsed

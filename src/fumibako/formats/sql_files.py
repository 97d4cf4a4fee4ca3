"""The two small files that name a SQLite query: Postfix's sqlite_table(5) and Dovecot 2.3's dovecot-sql.conf.

Both are `name = value` lines. Postfix reads its one with main.cf's reader but replaces no `$`, Dovecot's takes `#` outside
quotes as a comment and a backslash at the end as a continued line; so neither may have `$`, and Dovecot's neither an
unquoted `#` nor such a backslash. In a query `%s`, `%u`, `%d`, `%n` stand for parts of the key, which the servers escape for
use between single quotes; `%%` is a percent sign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fumibako.formats.malformed import Malformed, first_difference, not_canonical
from fumibako.formats.text_rules import check_comment, check_printable

_QUOTED: Final = re.compile(r"'[^']*'")
_POSTFIX: Final = ("dbpath", "query", "result_format", "domain", "expansion_limit")
_DOVECOT: Final = ("driver", "connect", "default_pass_scheme", "password_query", "user_query", "iterate_query")


@dataclass(frozen=True, slots=True)
class SqliteMap:
    """A Postfix look-up table: `proxy:sqlite:FILE`. Empty members are not written."""

    dbpath: str
    query: str
    result_format: str = ""
    domain: str = ""
    expansion_limit: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class DovecotSql:
    """The `args` of an SQL passdb and userdb."""

    connect: str
    password_query: str = ""
    user_query: str = ""
    iterate_query: str = ""
    default_pass_scheme: str = ""
    driver: str = "sqlite"
    comment: str = ""


def format_map(table: SqliteMap) -> str:
    return _format(table.comment, [(name, getattr(table, name)) for name in _POSTFIX], dovecot=False)


def parse_map(text: str) -> SqliteMap:
    comment, values = _parse(text, _POSTFIX)
    parsed = SqliteMap(**_with_required(values, ("dbpath", "query")), comment=comment)
    _check_canonical(text, format_map(parsed))
    return parsed


def format_dovecot_sql(conf: DovecotSql) -> str:
    return _format(conf.comment, [(name, getattr(conf, name)) for name in _DOVECOT], dovecot=True)


def parse_dovecot_sql(text: str) -> DovecotSql:
    comment, values = _parse(text, _DOVECOT)
    parsed = DovecotSql(**_with_required(values, ("driver", "connect")), comment=comment)
    _check_canonical(text, format_dovecot_sql(parsed))
    return parsed


def _format(comment: str, values: list[tuple[str, str]], *, dovecot: bool) -> str:
    check_comment(comment)
    lines = [f"# {comment}"] if comment else []
    for name, value in values:
        if not value:
            continue
        check_printable(value, name, ascii_only=True)
        if "$" in value:
            raise Malformed("dollar", "The value has a dollar sign.", "値に $ が含まれています。", name=name)
        if dovecot and ("#" in _QUOTED.sub("", value) or value.endswith("\\") or value[0] in "\"'<"):
            raise Malformed(
                "unquotable",
                "Dovecot would not read the value as written.",
                "Dovecot が値をそのまま読み取れません。",
                name=name,
            )
        lines.append(f"{name} = {value}")
    return "".join(f"{line}\n" for line in lines)


def _parse(text: str, names: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    lines = text.split("\n")
    if lines.pop() != "":
        raise not_canonical(len(lines) + 1)
    comment = ""
    values: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if line.startswith("# ") and number == 1:
            comment = line[2:]
            continue
        name, equals, value = line.partition(" = ")
        if not equals or name not in names:
            raise Malformed("unknown", f"Unknown line: {name!r}.", f"不明な行です: {name!r}", line=number, name=name)
        if name in values:
            raise Malformed("duplicate", f"{name} stands twice.", f"{name} が重複しています。", line=number, name=name)
        values[name] = value
    return comment, values


def _with_required(values: dict[str, str], required: tuple[str, ...]) -> dict[str, str]:
    for name in required:
        if name not in values:
            raise Malformed("missing", f"{name} is missing.", f"{name} がありません。", line=1, name=name)
    return values


def _check_canonical(text: str, canonical: str) -> None:
    if text != canonical:
        raise not_canonical(first_difference(text, canonical))

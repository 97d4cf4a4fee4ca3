"""Dovecot's dict-sql files: what is written is read back, and nothing else is read."""

from __future__ import annotations

import pytest

from fumibako.formats.dict_sql import DictMap, DictSql, format_dict_sql, parse_dict_sql
from fumibako.formats.malformed import Malformed

CONF = DictSql(
    "file:/srv/a+b/usage.db?mode=rw",
    (
        DictMap("priv/quota/storage", "usage", "username", "bytes"),
        DictMap("shared/last-login/$user", "log_ins", "username", "at"),
    ),
    "Usage",
)


def test_what_is_written_is_read_back() -> None:
    assert parse_dict_sql(format_dict_sql(CONF)) == CONF


@pytest.mark.parametrize(
    "text",
    ["", "connect = x\nmap {\n}\n", "connect = x\nevil = y\n", "connect  = x\n", "map {\n}\n", "connect = x\n\n"],
)
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_dict_sql(text)


@pytest.mark.parametrize("pattern", ["shared/$user/x", "shared/last-login/$other", "priv/last-login/$user"])
def test_a_variable_stands_nowhere_but_where_it_names_the_row(pattern: str) -> None:
    with pytest.raises(Malformed):
        format_dict_sql(DictSql("file:/x", (DictMap(pattern, "log_ins", "username", "at"),)))


@pytest.mark.parametrize("connect", ["a b", "a#b", "a\nb", "$a", "<a", "a{"])
def test_what_dovecot_would_read_otherwise_is_refused(connect: str) -> None:
    with pytest.raises(Malformed):
        format_dict_sql(DictSql(connect, ()))

"""A conservative grammar of SQL: one SELECT, or one WITH … SELECT, of plain functions over plain tables.

A query runs inside Postfix's and Dovecot's own processes. It may not attach another file, change anything, or call what is
not on the list of functions; and the parts of the key (`%s`, `%u`, …) may stand inside single quotes only, where the
servers' own quoting works.
"""

from __future__ import annotations

import re
from typing import Final

from fumibako.applier.grammar.words import not_allowed
from fumibako.formats.values import Problem

FUNCTIONS: Final = frozenset(
    {
        "abs",
        "cast",
        "coalesce",
        "count",
        "exists",
        "format",
        "glob",
        "group_concat",
        "hex",
        "ifnull",
        "iif",
        "instr",
        "json_each",
        "length",
        "like",
        "lower",
        "ltrim",
        "max",
        "min",
        "nullif",
        "printf",
        "replace",
        "round",
        "rtrim",
        "substr",
        "substring",
        "sum",
        "trim",
        "upper",
    }
)
_FORBIDDEN: Final = frozenset(
    {
        "alter",
        "analyze",
        "attach",
        "begin",
        "commit",
        "create",
        "delete",
        "detach",
        "drop",
        "explain",
        "insert",
        "into",
        "load_extension",
        "pragma",
        "recursive",
        "reindex",
        "release",
        "returning",
        "rollback",
        "savepoint",
        "set",
        "update",
        "upsert",
        "vacuum",
    }
)
# Words that may stand before a parenthesis without being a function.
_BEFORE_PARENTHESIS: Final = frozenset(
    {
        "all",
        "and",
        "as",
        "between",
        "by",
        "case",
        "else",
        "end",
        "except",
        "exists",
        "from",
        "glob",
        "having",
        "in",
        "intersect",
        "is",
        "join",
        "like",
        "limit",
        "not",
        "on",
        "or",
        "over",
        "select",
        "then",
        "union",
        "using",
        "values",
        "when",
        "where",
        "with",
    }
)
_AFTER_A_COLUMN: Final = frozenset(
    {",", "from", "where", "union", "except", "intersect", "group", "having", "order", "limit", "select", "values"}
)
_TOKEN: Final = re.compile(
    r"\s+|'(?:[^']|'')*'|[A-Za-z_][A-Za-z0-9_]*|[0-9]+(?:\.[0-9]+)?|\|\||<=|>=|<>|!=|==|[-+*/=<>(),.&|]"
)
_LONGEST: Final = 16_384


def query_problem(query: str, fields: frozenset[str] | None = None) -> Problem | None:
    """What is wrong with a query, or None. Where `fields` are given, every column of its result has one of these names."""
    if len(query) > _LONGEST:
        return not_allowed(query)
    tokens: list[str] = []
    place = 0
    while place < len(query):
        found = _TOKEN.match(query, place)
        if not found:
            return not_allowed(query[place : place + 20])
        if not found[0].isspace():
            tokens.append(found[0])
        place = found.end()
    if "--" in re.sub(r"'(?:[^']|'')*'", "", query):
        return not_allowed("--")
    return _tokens_problem(tokens) or (_fields_problem(tokens, fields) if fields else None)


def _fields_problem(tokens: list[str], fields: frozenset[str]) -> Problem | None:
    """Refuse a column whose name is not in `fields`: Dovecot takes uid, home or chroot from whatever a query returns."""
    words = [token.lower() for token in tokens]
    depth, open_select, last = 0, False, ""
    for word in [*words, "from"]:
        depth += (word == "(") - (word == ")")
        if depth == 0 and open_select and word in _AFTER_A_COLUMN:
            if last not in fields:
                return not_allowed(last)
            open_select = word == ","
        if depth == 0 and word == "select":
            open_select = True
        last = word
    return None


def _tokens_problem(tokens: list[str]) -> Problem | None:
    words = [token.lower() for token in tokens]
    if not words or words[0] not in ("select", "with"):
        return not_allowed(tokens[0] if tokens else "")
    # `WITH a(x) AS (…), b AS (…)` names tables that look like functions where they are made.
    made_here = {words[index - 1] for index, word in enumerate(words) if word == "(" and _is_table_head(words, index)}
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        if word in _FORBIDDEN or word.startswith(("sqlite_", "pragma_")):
            return not_allowed(word)
        called = re.fullmatch(r"[a-z_][a-z0-9_]*", word) is not None and following == "("
        if called and word not in FUNCTIONS and word not in _BEFORE_PARENTHESIS and word not in made_here:
            return not_allowed(f"{word}()")
    depth = 0
    for word in words:
        depth += (word == "(") - (word == ")")
        if depth < 0:
            break
    return None if depth == 0 else not_allowed("()")


def _is_table_head(words: list[str], index: int) -> bool:
    """Whether the parenthesis at `index` lists the columns of a table that WITH makes: `name(columns) AS (`."""
    if index == 0 or ")" not in words[index:]:
        return False
    close = words.index(")", index)
    before = words[index - 2] if index >= 2 else ""
    return words[close + 1 : close + 3] == ["as", "("] and before in ("with", ",")


def key_problem(value: str) -> Problem | None:
    """Refuse a part of the key outside single quotes, and parts that no server knows."""
    outside = re.sub(r"'(?:[^']|'')*'", "", value)
    if "%" in outside:
        return not_allowed(value[:80])
    if "%" in re.sub(r"%(?:%|[sudnrLNRlh1-9]|L[un])", "", value):
        return not_allowed(value[:80])
    return None

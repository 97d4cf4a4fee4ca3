"""`parse(format(x)) == x` for every value of every format, and `format(parse(t)) == t` for every text that is accepted."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.formats import dovecot23, main_cf, master_cf, sql_files
from fumibako.formats.dovecot23 import Block, DovecotConf, FromFile, Setting
from fumibako.formats.main_cf import Comment, MainCf, Parameter
from fumibako.formats.malformed import Malformed
from fumibako.formats.master_cf import MasterCf, Service
from fumibako.formats.sql_files import DovecotSql, SqliteMap

_PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "
_TEXT = st.text(_PRINTABLE, max_size=60).map(str.strip)
_PLAIN = _TEXT.map(lambda text: "".join(char for char in text if char not in "${}"))
_EXPRESSION = st.one_of(
    _PLAIN.map(str.strip),
    st.lists(
        st.sampled_from(["a", "$myhostname", "${mail_name}", "$$", "{ inet:127.0.0.1:1, x=y }", "b c"]), max_size=40
    ).map(", ".join),
    st.lists(st.sampled_from(["$virtual_alias_maps", "proxy:sqlite:/x.cf", "b"]), max_size=40).map(" ".join),
)
_PARAMETER_NAME = st.sampled_from(
    [
        "myhostname",
        "smtpd_relay_restrictions",
        "mynetworks",
        "proxy_read_maps",
        "smtpd_banner",
        "x_maps",
        "smtp-x_options",
    ]
)
_COMMENTS = st.one_of(st.just(Comment()), _TEXT.map(Comment), st.just(Comment("この行は説明です。")))


@given(st.lists(st.one_of(_COMMENTS, st.builds(Parameter, _PARAMETER_NAME, _EXPRESSION)), max_size=12))
def test_a_main_cf_reads_back_as_it_was_written(entries: list[Parameter | Comment]) -> None:
    names = [entry.name for entry in entries if isinstance(entry, Parameter)]
    main = MainCf(tuple(entries))
    if len(names) != len(set(names)):
        with pytest.raises(Malformed, match="twice"):
            main_cf.format(main)
        return
    assert main_cf.parse(main_cf.format(main)) == main


_SERVICES = st.builds(
    Service,
    st.sampled_from(["smtp", "127.0.0.1:25", "[::1]:25", "ask-smtp", "25"]),
    st.sampled_from(["inet", "unix"]),
    st.sampled_from(["smtpd", "trivial-rewrite"]),
    st.sampled_from(["y", "n", "-"]),
    wakeup=st.sampled_from(["-", "60", "1000?"]),
    limit=st.sampled_from(["-", "1"]),
    options=st.dictionaries(_PARAMETER_NAME, _EXPRESSION, max_size=4).map(lambda options: tuple(options.items())),
)


@given(
    st.lists(
        st.one_of(_COMMENTS, _SERVICES),
        max_size=8,
        unique_by=lambda entry: (entry.name, entry.kind) if isinstance(entry, Service) else id(entry),
    )
)
def test_a_master_cf_reads_back_as_it_was_written(entries: list[Service | Comment]) -> None:
    master = MasterCf(tuple(entries))
    assert master_cf.parse(master_cf.format(master)) == master


_DOVECOT_NAME = st.text(string.ascii_lowercase + "_", min_size=1, max_size=12).filter(lambda name: name[0] != "_")
_DOVECOT_VALUE = st.one_of(
    st.text(_PRINTABLE + "日本語", max_size=40).filter(lambda text: "$" not in text),
    st.sampled_from(["/etc/x", "/tls/ab/key.pem"]).map(FromFile),
)
_SETTINGS = st.builds(Setting, _DOVECOT_NAME, _DOVECOT_VALUE)
_BLOCK_NAMES = st.one_of(st.just(""), st.sampled_from(["imap", "Sent Messages", "送信済み", "auth-postfix", "a.b/c"]))


def _blocks(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.builds(Block, _DOVECOT_NAME, _BLOCK_NAMES, st.lists(inner, max_size=4).map(tuple))


_ITEMS = st.recursive(st.one_of(_SETTINGS, _COMMENTS), _blocks, max_leaves=12)


@given(st.lists(_ITEMS, max_size=6))
def test_a_dovecot_file_reads_back_as_it_was_written(items: list[object]) -> None:
    conf = DovecotConf(tuple(items))  # type: ignore[arg-type]  # recursive strategies lose the type
    try:
        text = dovecot23.format(conf)
    except Malformed as error:
        if error.code != "too_deep":
            raise
        return
    assert dovecot23.parse(text) == conf


@given(_PLAIN, _PLAIN, _PLAIN)
def test_a_look_up_file_reads_back_as_it_was_written(dbpath: str, query: str, result_format: str) -> None:
    table = SqliteMap(f"/{dbpath}".strip(), f"SELECT {query}".strip(), result_format.strip(), comment="Aliases")
    assert sql_files.parse_map(sql_files.format_map(table)) == table


@given(_PLAIN.map(str.strip))
def test_a_look_up_file_refuses_the_outer_blank_that_it_would_lose(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        sql_files.format_map(SqliteMap("/x.db", "SELECT 1", f" {text}x"))
    assert refused.value.code == "outer_blank"


@given(_PLAIN)
def test_a_dovecot_sql_file_reads_back_or_is_refused(query: str) -> None:
    conf = DovecotSql("/x.db", password_query=f"SELECT {query}".strip())
    try:
        text = sql_files.format_dovecot_sql(conf)
    except Malformed as error:
        if error.code != "unquotable":
            raise
        return
    assert sql_files.parse_dovecot_sql(text) == conf


_NOISE = st.text(st.sampled_from("ab_ =\n#{}\"'<$\\\t\r\0-o,01"), max_size=60)
_PAIRS: tuple[tuple[Callable[[str], Any], Callable[[Any], str]], ...] = (
    (main_cf.parse, main_cf.format),
    (master_cf.parse, master_cf.format),
    (dovecot23.parse, dovecot23.format),
    (sql_files.parse_map, sql_files.format_map),
    (sql_files.parse_dovecot_sql, sql_files.format_dovecot_sql),
)


@given(_NOISE)
def test_whatever_is_accepted_is_written_back_to_the_letter(text: str) -> None:
    for parse, write in _PAIRS:
        try:
            parsed = parse(text)
        except Malformed:
            continue
        assert write(parsed) == text

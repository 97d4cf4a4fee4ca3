"""A generation as a whole: which files it may have, each read by its format and judged by its table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from fumibako.applier.grammar import app_passwords, dovecot, mail_filter, postfix_master, system_accounts
from fumibako.applier.grammar.postfix_main import grammar_of
from fumibako.applier.grammar.sql import key_problem, query_problem
from fumibako.applier.grammar.words import not_allowed
from fumibako.formats import dict_sql, dovecot23, main_cf, master_cf, sql_files
from fumibako.formats.malformed import Malformed
from fumibako.formats.sieve import QUARANTINE
from fumibako.formats.values import Problem
from fumibako.layout import Home
from fumibako.wire.applier import Offence

REQUIRED: Final = ("postfix/main.cf", "postfix/master.cf", "dovecot/dovecot.conf", "filter/filter.json")
_MOST_FILES: Final = 100
_LONGEST: Final = 1_000_000
_MAP: Final = re.compile(r"postfix/[a-z0-9-]+\.cf")
# Dovecot writes by these files and reads by them: the tables and columns that each may name.
_DICT_MAPS: Final = {
    "dovecot/dict-usage.conf": (
        ("priv/quota/storage", "usage", "username", "bytes"),
        ("priv/quota/messages", "usage", "username", "messages"),
        ("shared/last-login/$user", "log_ins", "username", "at"),
    ),
    "dovecot/dict-sieve.conf": (
        ("priv/sieve/name/reply", "replies", "address", "id"),
        ("priv/sieve/data/1", "replies", "address", "script"),
    ),
}
_DOVECOT_SQL: Final = re.compile(r"dovecot/[a-z0-9-]+\.conf")
# What Dovecot may learn of a user from a query. uid, gid, mail and chroot are settings, not answers; a home is one below
# the mailboxes, see below.
_FIELDS: Final = frozenset(
    {"user", "username", "domain", "password", "quota_rule", "userdb_quota_rule", "nologin", "reason"}
)
_SCHEMES: Final = ("", "ARGON2ID", "SHA512-CRYPT", "BLF-CRYPT", "PLAIN")


def offences_of(files: Mapping[str, str], home: Home) -> list[Offence]:
    """Everything in the files that may not be installed; empty when the generation is accepted."""
    if len(files) > _MOST_FILES:
        return [_offence("", 0, "", not_allowed(f"{len(files)} files"))]
    missing = [_offence(path, 0, "", _missing(path)) for path in REQUIRED if path not in files]
    found = [offence for path in sorted(files) for offence in _offences_in(path, files[path], home)]
    return [*missing, *found, *_missing_tables(files, home)]


def _offences_in(path: str, text: str, home: Home) -> Iterator[Offence]:
    if len(text) > _LONGEST:
        yield _offence(path, 0, "", not_allowed(f"{len(text)} characters"))
        return
    try:
        if path == "postfix/main.cf":
            yield from _in_main(path, text, home)
        elif path == "postfix/master.cf":
            yield from _in_master(path, text, home)
        elif path == "dovecot/dovecot.conf":
            conf = dovecot23.parse(text)
            yield from (_offence(path, line, name, problem) for line, name, problem in dovecot.problems(conf, home))
            yield from (
                _offence(path, _line(text, "passdb {"), name, problem)
                for name, problem in system_accounts.gate_problems(conf, home)
            )
        elif path == "dovecot/quarantine.sieve":
            if text != QUARANTINE:
                yield _offence(path, 1, "", not_allowed(text))
        elif path == "filter/filter.json":
            yield from (
                _offence(path, _line(text, f' "{name}":'), name, problem)
                for name, problem in mail_filter.problems(text)
            )
        elif _MAP.fullmatch(path):
            yield from _in_map(path, text, home)
        elif path in _DICT_MAPS:
            yield from _in_dict(path, text, home)
        elif _DOVECOT_SQL.fullmatch(path):
            yield from _in_dovecot_sql(path, text, home)
        else:
            yield _offence(path, 0, "", Problem("unknown_file", "There is no such file.", "このファイルは扱えません。"))
    except Malformed as error:
        yield _offence(path, error.line, error.name, Problem(error.code, error.en, error.ja))


def _in_main(path: str, text: str, home: Home) -> Iterator[Offence]:
    for name, value in main_cf.parse(text).parameters().items():
        grammar = grammar_of(name, home)
        problem = postfix_master.unknown_parameter(name) if grammar is None else grammar.problem(value)
        if problem:
            yield _offence(path, _line(text, f"{name} ="), name, problem)


def _in_master(path: str, text: str, home: Home) -> Iterator[Offence]:
    for service, name, problem in postfix_master.problems(master_cf.parse(text), home):
        shown = f"{service}: {name}" if name else service
        yield _offence(path, _line(text, f"{service} "), shown, problem)


def _in_map(path: str, text: str, home: Home) -> Iterator[Offence]:
    table = sql_files.parse_map(text)
    problems = {
        "dbpath": None if table.dbpath == f"file:{home.lookup_db}?mode=ro" else not_allowed(table.dbpath),
        "query": query_problem(table.query) or key_problem(table.query),
        "result_format": None
        if re.fullmatch(r"[A-Za-z0-9@._%: \[\]-]*", table.result_format)
        else not_allowed(table.result_format),
        "domain": None if re.fullmatch(r"[A-Za-z0-9., -]*", table.domain) else not_allowed(table.domain),
        "expansion_limit": None
        if re.fullmatch(r"[0-9]{0,9}", table.expansion_limit)
        else not_allowed(table.expansion_limit),
    }
    for name, problem in problems.items():
        if problem:
            yield _offence(path, _line(text, f"{name} ="), name, problem)


def _home_of_a_row(home: Home) -> str:
    """The one way in which a query may name a home. Who writes the table can as well give himself anybody's password:
    it adds nothing to his powers, and Dovecot goes there as the user of the mailboxes."""
    return f", '{home.mail}/' || COALESCE((SELECT mailbox FROM mailboxes WHERE address = '%u'), '%d/%n') AS home"  # noqa: S608  # compared with, never run


def _in_dovecot_sql(path: str, text: str, home: Home) -> Iterator[Offence]:
    conf = sql_files.parse_dovecot_sql(text)
    databases = (f"file:{home.passwords_db}?mode=ro", str(home.passwords_db))
    problems = {
        "driver": None if conf.driver == "sqlite" else not_allowed(conf.driver),
        "connect": None if conf.connect in databases else not_allowed(conf.connect),
        "default_pass_scheme": None if conf.default_pass_scheme in _SCHEMES else not_allowed(conf.default_pass_scheme),
        **{
            name: (query_problem(query, _FIELDS) or key_problem(query)) if query else None
            for name, query in (
                (
                    "password_query",
                    ""
                    if conf.password_query in (system_accounts.KNOWN_BY_NAME, app_passwords.FOUND_BY_DIGEST)
                    else conf.password_query,
                ),
                (
                    "user_query",
                    conf.user_query.replace(_home_of_a_row(home), "").replace(system_accounts.home_of_a_user(home), ""),
                ),
                ("iterate_query", conf.iterate_query),
            )
        },
    }
    is_known_by_name = conf.password_query == system_accounts.KNOWN_BY_NAME
    is_found_by_digest = conf.password_query == app_passwords.FOUND_BY_DIGEST
    if is_known_by_name != (path == system_accounts.FILE) or is_found_by_digest != (path == app_passwords.FILE):
        problems["password_query"] = not_allowed(conf.password_query)
    for name, problem in problems.items():
        if problem:
            yield _offence(path, _line(text, f"{name} ="), name, problem)


def _in_dict(path: str, text: str, home: Home) -> Iterator[Offence]:
    """Dovecot writes by one such file, into one table of one database, and reads by the other."""
    conf = dict_sql.parse_dict_sql(text)
    writes = path == "dovecot/dict-usage.conf"
    if conf.connect != (f"file:{home.usage_db}?mode=rw" if writes else f"file:{home.passwords_db}?mode=ro"):
        yield _offence(path, _line(text, "connect ="), "connect", not_allowed(conf.connect))
    for each in conf.maps:
        if (each.pattern, each.table, each.username_field, each.value_field) not in _DICT_MAPS[path]:
            yield _offence(path, _line(text, f"  pattern = {each.pattern}"), "map", not_allowed(each.pattern))


def _missing_tables(files: Mapping[str, str], home: Home) -> Iterator[Offence]:
    """Tables that main.cf, master.cf or dovecot.conf name and the generation does not have."""
    current = re.escape(str(home.current))
    named = rf"(?:(?:proxy:)?sqlite:|args = |sieve_before = file:){current}/((?:postfix|dovecot)/[a-z0-9-]+\.[a-z]+)"
    for path in REQUIRED:
        for number, line in enumerate(files.get(path, "").split("\n"), start=1):
            for found in re.finditer(named, line):
                if found[1] not in files:
                    yield _offence(path, number, found[1], _missing(found[1]))


def _missing(path: str) -> Problem:
    return Problem("missing_file", f"The file {path} is missing.", f"ファイル {path} がありません。")


def _offence(path: str, line: int, name: str, problem: Problem) -> Offence:
    return Offence(path, line, name, problem.code, problem.en, problem.ja)


def _line(text: str, start: str) -> int:
    """The number of the first line that begins with `start`."""
    return next((number for number, line in enumerate(text.split("\n"), 1) if line.startswith(start)), 0)

"""What a format cannot say is refused, by name; what it can say, the real programs read as it was meant."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from fumibako.formats import dovecot23, main_cf, master_cf, sql_files
from fumibako.formats.dovecot23 import Block, DovecotConf, FromFile, Setting
from fumibako.formats.main_cf import Comment, MainCf
from fumibako.formats.malformed import Malformed
from fumibako.formats.master_cf import MasterCf, Service
from fumibako.formats.postfix_parameters import TUNABLE
from fumibako.formats.sql_files import DovecotSql, SqliteMap
from fumibako.formats.values import Reply

_HOSTILE = ["a\nb", "a\rb", "a\0b", "a\tb", "a\x0bb", "a\u2028b", "a\x85b"]


@pytest.mark.parametrize("value", [*_HOSTILE, "日本", "$(date)", "${x?y}", "a $ b", "{", "} {", " a", "a "])
def test_main_cf_refuses_what_it_cannot_hold(value: str) -> None:
    with pytest.raises(Malformed):
        main_cf.format(MainCf.of({"smtpd_banner": value}))
    with pytest.raises(Malformed):
        master_cf.format(MasterCf((Service("25", "inet", "smtpd", options=(("smtpd_banner", value),)),)))


@pytest.mark.parametrize("value", [*_HOSTILE, "a $ssl b"])
def test_dovecot_refuses_what_it_cannot_hold(value: str) -> None:
    with pytest.raises(Malformed):
        dovecot23.format(DovecotConf((Setting("login_greeting", value),)))


@pytest.mark.parametrize("value", [*_HOSTILE, "$x"])
def test_look_up_files_refuse_what_they_cannot_hold(value: str) -> None:
    with pytest.raises(Malformed):
        sql_files.format_map(SqliteMap("/x.db", value))
    with pytest.raises(Malformed):
        sql_files.format_dovecot_sql(DovecotSql("/x.db", user_query=value))


@pytest.mark.parametrize("text", ["a\nb = c", "a\r", "\0"])
def test_a_comment_cannot_end_early(text: str) -> None:
    with pytest.raises(Malformed):
        main_cf.format(MainCf((Comment(text),)))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = b", 1),  # no newline at the end
        ("a = b\n# note\n    c\n", 3),  # Postfix continues a across the comment
        ("a = b\n\n    c\n", 3),
        ("a = b\n\tc\n", 2),
        (" a = b\n", 1),
        ("a=b\n", 1),
        ("a = b\na = c\n", 2),
        ("a = b\nc = d\x0b\n", 2),
        ("ok = 1\nevil = $(x)\n", 2),
    ],
)
def test_a_main_cf_in_another_spelling_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(Malformed) as refused:
        main_cf.parse(text)
    assert refused.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        "a = b \\\n",
        "!include /etc/x\n",
        "service x { executable = y }\n",
        "ssl = no\n}\n",
        "service x {\n",
        "a = x # y\n",
        "a = 'x'y'\n",
        'a = "x\n',
    ],
)
def test_a_dovecot_file_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        dovecot23.parse(text)


def test_long_lists_stand_one_item_a_line_and_mean_the_same() -> None:
    items = ["permit_mynetworks", "check_client_access static:{530 5.7.0 Log in first, please}", *["reject"] * 9]
    main = MainCf.of({"smtpd_relay_restrictions": ", ".join(items)})
    text = main_cf.format(main)
    assert "\n    check_client_access static:{530 5.7.0 Log in first, please},\n" in text
    assert main_cf.parse(text) == main


def test_postfix_reads_the_values_that_were_written(tmp_path: Path) -> None:
    restrictions = ", ".join(["permit_mynetworks", "check_client_access static:{530 5.7.0 Log in, please}"] * 3)
    wanted = {
        "smtpd_banner": main_cf.literal("mail.example.jp costs $5, # and {more}"),
        "smtpd_relay_restrictions": restrictions,
        "relay_domains": "",
    }
    (tmp_path / "main.cf").write_text(main_cf.format(MainCf.of(wanted)))
    options = (("smtpd_milters", "{ inet:127.0.0.1:1, x=y }"), ("syslog_name", "a/b"), ("mynetworks", ""))
    service = Service("127.0.0.1:25", "inet", "smtpd", options=options)
    (tmp_path / "master.cf").write_text(master_cf.format(MasterCf((Comment("Listeners"), service))))
    seen = subprocess.run(
        ["postconf", "-c", str(tmp_path), "-x", *wanted], capture_output=True, text=True, check=True
    ).stdout
    values = {name: " ".join(value.split()) for name, _, value in (line.partition(" =") for line in seen.splitlines())}
    assert values == {**wanted, "smtpd_banner": "mail.example.jp costs $5, # and {more}"}
    overrides = subprocess.run(
        ["postconf", "-c", str(tmp_path), "-P"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert sorted(overrides) == [
        "127.0.0.1:25/inet/mynetworks =",
        "127.0.0.1:25/inet/smtpd_milters = { inet:127.0.0.1:1, x=y }",
        "127.0.0.1:25/inet/syslog_name = a/b",
    ]


def test_dovecot_reads_the_values_that_were_written(tmp_path: Path) -> None:
    values = [
        "",
        " x ",
        'it\'s "q"',
        "<foo",
        "a#b # c",
        "C:\\",
        '"',
        "a\\b\\n",
        "%u {x} a = b",
        "日本",
        "\\Sent",
        "'x'",
    ]
    plugin = Block("plugin", "", tuple(Setting(f"v{index}", value) for index, value in enumerate(values)))
    (tmp_path / "key").write_text("secret\n")
    conf = DovecotConf((Setting("base_dir", str(tmp_path)), Setting("ssl_key", FromFile(f"{tmp_path}/key")), plugin))
    path = tmp_path / "dovecot.conf"
    path.write_text(dovecot23.format(conf))
    for index, value in enumerate(values):
        seen = subprocess.run(
            ["doveconf", "-c", str(path), "-h", f"plugin/v{index}"], capture_output=True, text=True, check=True
        ).stdout
        assert seen == f"{value}\n"


def test_every_tunable_parameter_is_one_that_postfix_knows_and_its_default_is_good(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text("")
    seen = subprocess.run(
        ["postconf", "-c", str(tmp_path), "-d", "-x", *TUNABLE],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout
    defaults = {name: value.strip() for name, _, value in (line.partition(" =") for line in seen.splitlines())}
    # Those of a transport (`smtp_destination_rate_delay`) exist by the transport's name alone: transport(5).
    of_a_transport = {name for name in TUNABLE if name.startswith(("smtp_destination_", "lmtp_destination_"))}
    assert sorted(set(defaults) | of_a_transport) == sorted(TUNABLE)
    wrong = {
        name: value
        for name, value in defaults.items()
        if value and TUNABLE[name].problem(value.replace("${stress?{10}:{300}}s", "300s")) is not None
    }
    assert wrong == {}
    assert len(TUNABLE) >= 120


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("smtpd_timeout", "5x"),
        ("smtpd_timeout", "0"),
        ("smtpd_helo_required", "true"),
        ("smtpd_hard_error_limit", "-1"),
        ("smtpd_hard_error_limit", "010"),
        ("smtp_tls_ciphers", "bogus"),
        ("smtpd_reject_footer", "see $(x)"),
        ("smtpd_reject_footer", "see\n$x"),
        ("reject_code", "250"),
        ("smtp_host_lookup", ""),
        ("notify_classes", "resource, everything"),
    ],
)
def test_a_wrong_value_of_a_tunable_parameter_is_told_in_both_languages(name: str, value: str) -> None:
    problem = TUNABLE[name].problem(value)
    assert problem is not None
    assert problem.en
    assert problem.ja
    assert problem.code


def test_no_tunable_parameter_names_a_file_a_program_or_a_map() -> None:
    for name, grammar in TUNABLE.items():
        if isinstance(grammar, Reply):  # sent as it stands, whatever it looks like
            continue
        for value in ("/etc/shadow", "hash:/etc/x", "|/bin/sh", "pipe:sh", "$(id)", "${x}", "static:all", "0.0.0.0/0"):
            assert grammar.problem(value) is not None, (name, value)

"""The smart relay through the public command: routes by file, passwords by standard input."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.homes import TestedHome

PASSWORD = "合言葉 & more"


@pytest.fixture
def home(running_home: TestedHome) -> Iterator[TestedHome]:
    yield running_home
    assert running_home.apply("fumibako: 1\nrelay: {}\n").exit == 0


def rows(home: TestedHome, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{home.layout.lookup_db}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def test_the_routes_of_a_file_are_in_the_look_ups_when_the_apply_ends(home: TestedHome) -> None:
    answer = home.apply(
        """
fumibako: 1
relay:
  default: {host: 192.168.56.78, port: 25}
  domains:
    Local.Example.COM: {host: 192.168.12.34, port: 1025}
    .example.org: {host: "2001:db8::1"}
  senders:
    "@example.net": {host: smtp.example.net, port: 587, username: hanako}
"""
    )
    assert answer.exit == 0, answer
    assert answer.json["reload"] == {"postfix": "reload", "dovecot": "none"}
    assert {each["text"] for each in answer.json["settings"]} >= {"Relay for mail to: local.example.com"}
    found = rows(home, "SELECT kind, domain, transport, nexthop FROM relay_routes ORDER BY kind, domain")
    assert found == [
        ("default", "", "relay", "[192.168.56.78]:25"),
        ("domain", ".example.org", "relay", "[2001:db8::1]:25"),
        ("domain", "local.example.com", "relay", "[192.168.12.34]:1025"),
        ("sender", "example.net", "relay-sender", "[smtp.example.net]:587"),
    ]
    exported = home.cli("export", "relay").stdout
    assert home.apply(exported).json["outcome"] == "unchanged"
    assert home.apply("fumibako: 1\nrelay: {}\n").exit == 0
    assert rows(home, "SELECT * FROM relay_routes") == []


def test_routes_are_added_changed_and_removed_one_by_one(home: TestedHome) -> None:
    added = home.cli("relay", "add", "default", "192.168.56.78", "--json")
    assert (added.exit, added.json["outcome"]) == (0, "applied")
    assert home.cli("relay", "add", "Local.Example.com", "192.168.12.34", "--port", "1025").exit == 0
    options = ("--port", "587", "--username", "hanako", "--draft")
    assert home.cli("relay", "add", "@example.net", "smtp.example.net", *options).exit == 0
    assert rows(home, "SELECT kind, domain, nexthop FROM relay_routes ORDER BY kind") == [
        ("default", "", "[192.168.56.78]:25"),
        ("domain", "local.example.com", "[192.168.12.34]:1025"),
    ], "the draft is not live"
    assert home.cli("relay", "set", "local.example.com", "--port", "26").exit == 0
    told = home.cli("relay", "list", "--json").json["routes"]
    assert [(each["name"], each["host"], each["port"]) for each in told] == [
        ("default", "192.168.56.78", 25),
        ("local.example.com", "192.168.12.34", 26),
    ]
    assert home.cli("relay", "remove", "local.example.com").exit == 0
    assert home.cli("relay", "remove", "default").exit == 0
    assert home.cli("relay", "list", "--json").json == {"routes": []}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["add", "default", "a..b"], "relay-host"),
        (["add", "default", "192.0.2.1", "--port", "0"], "out-of-range"),
        (["add", "default", "192.0.2.1", "--port", "25x"], "not-an-integer"),
        (["add", "hash:/etc/x", "192.0.2.1"], None),
        (["set", "example.com", "--port", "26"], "not-found"),
        (["remove", "example.com"], "not-found"),
    ],
)
def test_a_bad_route_is_refused_and_changes_nothing(home: TestedHome, arguments: list[str], code: str | None) -> None:
    refused = home.cli("relay", *arguments, "--json")
    assert refused.exit == 1, refused
    assert code is None or refused.codes == [code]
    assert rows(home, "SELECT * FROM relay_routes") == []


def test_a_password_is_live_at_once_and_shown_nowhere(home: TestedHome) -> None:
    answer = home.cli("secret", "set", "relay/default", "--json", stdin=f"{PASSWORD}\n")
    assert (answer.exit, answer.json["outcome"], answer.json["findings"]) == (0, "applied", [])
    assert rows(home, "SELECT name, password FROM relay_passwords") == [("relay/default", PASSWORD)]
    assert home.cli("secret", "list", "--json").json == {"secrets": ["relay/default"]}
    text = "fumibako: 1\nrelay:\n  default: {host: smtp.example.net, port: 587, username: hanako}\n"
    assert home.apply(text).exit == 0
    assert PASSWORD not in home.cli("export", "--json").stdout + home.cli("history", "--json").stdout
    kept = [path for path in Path(home.root).glob("**/*") if path.is_file() and not path.is_symlink()]
    holding = {path.name for path in kept if PASSWORD.encode() in path.read_bytes()}
    assert holding <= {"lookup.db", "lookup.db-wal"}
    exported = home.cli("export", "relay").stdout
    assert 'password: "***"' in exported or "password: '***'" in exported
    assert home.apply(exported).json["outcome"] == "unchanged"
    assert home.cli("plan", "-", "--json", stdin=exported.replace("***", "another")).exit == 0
    assert rows(home, "SELECT password FROM relay_passwords") == [(PASSWORD,)]
    assert PASSWORD in home.cli("export", "relay", "--with-secrets").stdout
    assert home.apply(exported.replace("***", "another")).json["outcome"] == "unchanged"
    assert rows(home, "SELECT password FROM relay_passwords") == [("another",)]
    assert home.cli("secret", "remove", "relay/default", "--json").exit == 0
    assert home.cli("secret", "list", "--json").json == {"secrets": []}
    assert home.cli("plan", "-", "--json", stdin=exported).codes == ["secret-unknown"]


@pytest.mark.parametrize("name", ["relay", "relay/", "relay/no spaces", "other/example.com", "../x"])
def test_a_name_that_is_no_secret_s_is_refused(home: TestedHome, name: str) -> None:
    answer = home.cli("secret", "set", name, "--json", stdin="x\n")
    assert answer.exit == 1
    assert answer.codes == ["secret-name"]


@pytest.mark.parametrize(
    ("route", "code"),
    [
        ("{host: １９２.168.0.1}", "relay-host-spelling"),
        ('{host: "192.168.0.300"}', "relay-host"),
        ('{host: "hash:/etc/x"}', "relay-host"),
        ('{host: "a\\u0007b.example"}', "control-characters"),
        ("{host: " + "a" * 300 + "}", "too-long"),
        ('{host: ""}', "relay-host-empty"),
        ('{host: "[::1]:25"}', "relay-host"),
        ("{host: 192.168.0.1, port: 0}", "out-of-range"),
        ("{host: 192.168.0.1, port: 70000}", "out-of-range"),
        ("{host: 192.168.0.1, port: 25x}", "not-an-integer"),
        ("{host: 192.168.0.1, tls: always}", "not-a-choice"),
        ("{host: smtp.example.net, username: a, tls: opportunistic}", "relay-clear-password"),
        ('{host: smtp.example.net, username: "a:b"}', "relay-username"),
        ("{host: 192.168.0.1, passwort: x}", "unknown-key"),
        ('{host: 192.168.0.1, password: "***"}', "secret-unknown"),
    ],
)
def test_a_bad_relay_is_refused_with_what_is_wrong(home: TestedHome, route: str, code: str) -> None:
    for text in (f"default: {route}", f"domains: {{example.com: {route}}}", f"senders: {{example.com: {route}}}"):
        answer = home.cli("plan", "-", "--json", stdin=f"fumibako: 1\nrelay: {{{text}}}\n")
        assert (answer.exit, answer.codes) == (1, [code]), answer


@pytest.mark.parametrize(
    "domain", ["exa mple.com", "a..b", "-a.com", "example", ".", "a@b.com", "hash:/etc/x", "a]b.com"]
)
def test_a_bad_domain_is_refused(home: TestedHome, domain: str) -> None:
    answer = home.cli(
        "plan", "-", "--json", stdin=f'fumibako: 1\nrelay: {{domains: {{"{domain}": {{host: 192.168.0.1}}}}}}\n'
    )
    assert answer.exit == 1
    assert all(code.startswith("domain-") for code in answer.codes), answer


def test_a_relay_that_is_this_server_is_refused(home: TestedHome) -> None:
    for host in ("127.0.0.1", "localhost", "mail.example.jp"):
        answer = home.cli(
            "plan",
            "-",
            "--json",
            stdin=f"fumibako: 1\nrelay: {{default: {{host: {host}, port: {home.port('smtp')}}}}}\n",
        )
        assert (answer.exit, answer.codes) == (1, ["relay-loop"])

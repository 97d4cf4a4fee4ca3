"""`access` and `spam` by the public command, on a home that runs."""

from __future__ import annotations

from typing import Any

from tests.homes import TestedHome


def clients(home: TestedHome) -> list[str]:
    return [each["client"] for each in home.cli("access", "list", "--json").json["clients"]]


def codes(document: Any) -> list[str]:
    return [each["code"] for each in document["findings"]]


def test_clients_are_permitted_listed_and_withdrawn(running_home: TestedHome) -> None:
    added = running_home.cli("access", "add", "192.168.0.21-24", "Example.COM", "--json")
    assert (added.exit, added.json["outcome"]) == (0, "applied")
    assert clients(running_home) == ["192.168.0.21-24", "example.com"]
    assert "192.168.0.21 – .24" in running_home.cli("access", "list").stdout
    for client in ("192.168.0.21-24", "EXAMPLE.com"):
        assert running_home.cli("access", "remove", client, "--json").exit == 0
    assert clients(running_home) == []


def test_a_wide_client_wants_a_second_word_and_everybody_is_refused(running_home: TestedHome) -> None:
    wide = running_home.cli("access", "add", "10.", "--json")
    assert (wide.exit, codes(wide.json)) == (1, ["client-wide", "confirm-danger"])
    everybody = running_home.cli("access", "add", "0.0.0.0/0", "--yes", "--json")
    assert (everybody.exit, codes(everybody.json)) == (1, ["client-everybody"])
    assert clients(running_home) == []
    assert running_home.cli("access", "add", "10.", "--yes", "--json").exit == 0
    assert running_home.cli("access", "remove", "10.", "--json").exit == 0


def test_the_same_entries_by_file_and_in_the_export(running_home: TestedHome) -> None:
    text = 'access: {permitted_clients: [10.1., "2001:db8::/32"]}\nspam: {blocked_senders: [A@Example.jp, "@example.org"]}\n'
    assert running_home.apply(f"fumibako: 1\n{text}").exit == 0
    exported = running_home.cli("export", "access", "spam").stdout
    assert "- 10.1.\n" in exported
    assert "- a@example.jp\n" in exported
    assert running_home.apply(exported).json["outcome"] == "unchanged"
    bad = running_home.apply("fumibako: 1\naccess: {permitted_clients: [192.168.0.300, 123]}\n")
    assert (bad.exit, codes(bad.json)) == (1, ["client-octet", "client-form"])
    assert running_home.apply("fumibako: 1\naccess: {}\nspam: {}\n").exit == 0


def test_senders_by_the_thousand(running_home: TestedHome) -> None:
    text = "".join(f"spam{number}@example.com\n" for number in range(3000))
    done = running_home.cli("spam", "sender", "import", "-", "--json", stdin=text)
    assert (done.exit, done.json["outcome"]) == (0, "applied")
    listed = running_home.cli("spam", "sender", "list", "--json").json["senders"]
    assert len(listed) == 3000
    assert running_home.apply("fumibako: 1\nspam: {}\n").exit == 0


def test_a_block_list_is_added_with_its_weight_and_shown_with_its_state(running_home: TestedHome) -> None:
    assert running_home.cli("spam", "list", "add", "BL.example.net*2", "--json").exit == 0
    (shown,) = running_home.cli("spam", "list", "list", "--json").json["lists"]
    assert (shown["list"], shown["name"]) == ("bl.example.net*2", "bl.example.net")
    assert running_home.cli("spam", "list", "remove", "bl.example.net*2", "--json").exit == 0
    wrong = running_home.cli("spam", "list", "add", "bl", "--json")
    assert (wrong.exit, codes(wrong.json)) == (1, ["domain-single-label"])

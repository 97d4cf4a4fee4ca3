"""`history`, `diff`, `rollback`: what was changed, and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.homes import TestedHome, new_home


@pytest.fixture(scope="module")
def home() -> Iterator[TestedHome]:
    """A home with a short history: 1 init, 2 a domain, 3 an account in it, 4 a limit."""
    with new_home() as made:
        made.up()
        made.add_domain("example.jp")
        made.add_account("hanako@example.jp")
        assert made.apply("basics: {message_size_limit: 2000000}").exit == 0
        yield made


def test_the_history_is_newest_first_and_marks_what_serves(home: TestedHome) -> None:
    listed = home.cli("history", "--json").json["items"]
    numbers = [revision["number"] for revision in listed]
    assert numbers == sorted(numbers, reverse=True)
    assert [revision["number"] for revision in listed if revision["serves"]] == [home.status()["applied"]]
    assert {"number", "who", "created", "state"} <= listed[0].keys()
    shown = home.cli("history").stdout.splitlines()
    assert len(shown) == len(listed)
    assert shown[0].startswith(f"{numbers[0]}*")
    assert len(home.cli("history", "--limit", "2").stdout.splitlines()) == 2


def test_any_two_revisions_can_be_compared_either_way(home: TestedHome) -> None:
    forward = home.cli("diff", 1, 3, "--json").json["settings"]
    assert [(change["path"], change["kind"]) for change in forward] == [
        ("domains/example.jp", "added"),
        ("accounts/hanako@example.jp", "added"),
    ]
    back = home.cli("diff", 3, 1, "--json").json["settings"]
    assert {change["kind"] for change in back} == {"removed"}
    assert home.cli("diff", 2, 2).stdout == "No difference.\n"
    assert home.cli("diff", 2, 2, language="ja_JP.UTF-8").stdout == "違いはありません。\n"


def test_without_a_second_revision_it_is_compared_with_what_serves(home: TestedHome) -> None:
    serving = home.status()["applied"]
    assert home.cli("diff", 3, "--json").json["settings"] == home.cli("diff", 3, serving, "--json").json["settings"]
    assert "$argon2id$" not in home.cli("diff", 1).stdout


def test_a_rollback_is_a_new_revision_that_brings_the_old_one_back(home: TestedHome) -> None:
    before = home.status()["revision"]
    went = home.cli("rollback", 2, "--json")
    assert (went.exit, went.json["outcome"]) == (0, "applied")
    assert went.json["revision"] == before + 1
    assert home.cli("diff", 2, before + 1, "--json").json["settings"] == []
    assert home.cli("account", "list", "--json").json["accounts"] == []
    again = home.cli("rollback", 2, "--json")
    assert (again.exit, again.json["outcome"]) == (0, "unchanged")
    assert home.cli("rollback", before).exit == 0
    assert [row["address"] for row in home.cli("account", "list", "--json").json["accounts"]] == ["hanako@example.jp"]


@pytest.mark.parametrize("command", [["diff", "999"], ["diff", "1", "999"], ["rollback", "999"]])
def test_a_revision_that_there_is_not_is_refused(home: TestedHome, command: list[str]) -> None:
    refused = home.cli(*command, "--json")
    assert (refused.exit, refused.codes) == (1, ["not-found"])


def test_when_the_console_is_down_commands_say_so_and_exit_4(home: TestedHome) -> None:
    home.down()
    try:
        for command in (["history"], ["export"], ["plan", "-"], ["domain", "list"], ["confirm"]):
            answer = home.cli(*command, "--json", stdin="basics: {}")
            assert (answer.exit, answer.codes) == (4, ["console-away"])
            assert "up --detach" in answer.stderr
        assert "応答しません" in home.cli("history", language="ja_JP.UTF-8").stderr
    finally:
        home.up()

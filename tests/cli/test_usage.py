"""The command line as a program: help, wrong usage, languages, forms of output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.homes import fumibako

COMMANDS = [
    "init",
    "up",
    "down",
    "status",
    "plan",
    "apply",
    "confirm",
    "export",
    "history",
    "diff",
    "rollback",
    "domain",
    "account",
]


def test_help_lists_every_command_in_both_languages() -> None:
    english, japanese = fumibako("--help"), fumibako("--help", language="ja_JP.UTF-8")
    assert english.exit == japanese.exit == 0
    for command in COMMANDS:
        assert f"  {command} " in english.stdout
        assert f"  {command} " in japanese.stdout
    assert "Make a home." in english.stdout
    assert "ホームを作ります。" in japanese.stdout


@pytest.mark.parametrize("command", [*COMMANDS, "domain add", "account add", "account password"])
def test_no_english_is_left_in_japanese_help(command: str) -> None:
    shown = fumibako(*command.split(), "--help", language="ja_JP.UTF-8")
    assert shown.exit == 0
    for word in ("Usage", "Options", "Arguments", "Commands", "Show this", "default", "required"):
        assert word not in shown.stdout
    assert "使い方: fumibako" in shown.stdout


def test_without_a_command_the_help_is_shown() -> None:
    assert fumibako().stdout == fumibako("--help").stdout


@pytest.mark.parametrize("command", ["queue", "trace", "backup", "fly"])
def test_a_command_that_is_not_built_is_wrong_usage_and_not_listed(command: str) -> None:
    answer = fumibako(command, "list")
    assert answer.exit == 2
    assert command in answer.stderr
    assert answer.stdout == ""
    assert f"  {command} " not in fumibako("--help").stdout


@pytest.mark.parametrize(
    "arguments", [["init", "--fly"], ["init", "--port-base", "25x"], ["plan"], ["status", "extra"], ["diff", "one"]]
)
@pytest.mark.parametrize(("language", "word"), [("C.UTF-8", "More: "), ("ja_JP.UTF-8", "詳しくは: ")])
def test_wrong_usage_exits_2_and_says_where_to_read_on(arguments: list[str], language: str, word: str) -> None:
    answer = fumibako(*arguments, home=Path("/nonexistent"), language=language)
    assert answer.exit == 2
    assert answer.stdout == ""
    assert word in answer.stderr


def test_which_home_must_be_said() -> None:
    answer = fumibako("status")
    assert answer.exit == 2
    assert "FUMIBAKO_HOME" in answer.stderr


def test_a_home_that_is_not_there_is_refused_with_a_finding(tmp_path: Path) -> None:
    for command in (["status"], ["up"], ["down"], ["history"], ["export"]):
        answer = fumibako(*command, "--json", home=tmp_path / "none")
        assert (answer.exit, answer.codes) == (1, ["home-missing"])
        assert answer.json["outcome"] == "refused"
        assert str(tmp_path / "none") in answer.stderr


def test_the_environment_may_name_the_home_and_the_option_comes_first(tmp_path: Path) -> None:
    by_environment = fumibako("status", variables={"FUMIBAKO_HOME": str(tmp_path / "one")})
    assert str(tmp_path / "one") in by_environment.stderr
    by_option = fumibako("status", home=tmp_path / "two", variables={"FUMIBAKO_HOME": str(tmp_path / "one")})
    assert str(tmp_path / "two") in by_option.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--json", "--home", "H", "status"], ["status", "--json", "--home", "H"], ["status", "--home=H", "--json"]],
)
def test_home_and_json_may_stand_anywhere(arguments: list[str], tmp_path: Path) -> None:
    home = str(tmp_path / "none")
    answer = fumibako(*(word.replace("H", home) if word.endswith("H") else word for word in arguments))
    assert answer.codes == ["home-missing"]


@pytest.mark.parametrize(
    ("variables", "japanese"),
    [
        ({"LC_ALL": "ja_JP.UTF-8"}, True),
        ({"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}, False),
        ({"LC_ALL": "", "LC_MESSAGES": "ja", "LANG": "C"}, True),
        ({"LC_MESSAGES": "en_GB.UTF-8", "LANG": "ja_JP.UTF-8"}, False),
    ],
)
def test_the_language_is_taken_as_posix_says(variables: dict[str, str], japanese: bool) -> None:
    answer = fumibako("--help", language=variables.pop("LANG", "C"), variables=variables)
    assert ("ホームを作ります。" in answer.stdout) is japanese


def test_hostile_words_reach_the_terminal_without_their_control_characters() -> None:
    answer = fumibako("status", home=Path("/tmp/\x1b]0;owned\x07\x9b31m"))
    assert answer.exit == 1
    assert not any(ord(sign) < 32 and sign != "\n" for sign in answer.stderr)
    assert "\x9b" not in answer.stderr


def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    program = str(Path(sys.executable).with_name("fumibako"))
    with subprocess.Popen([program, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""


@pytest.mark.parametrize(
    ("arguments", "english", "japanese"),
    [
        (["init", "--port-base", "25x"], "'25x' is not a whole number.", "'25x' は整数ではありません。"),
        (["history", "--limit", "0"], "right is 1 to 500", "1 から 500の値にしてください"),
        (["apply", "-", "--confirm-within", "0"], "right is 1 or more", "1 以上の値にしてください"),
    ],
)
def test_a_number_that_is_none_or_out_of_range_is_wrong_usage(
    arguments: list[str], english: str, japanese: str
) -> None:
    for language, sentence in (("C.UTF-8", english), ("ja_JP.UTF-8", japanese)):
        answer = fumibako(*arguments, home=Path("/nonexistent"), language=language)
        assert answer.exit == 2
        assert sentence in answer.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["history"], ["down"], ["account", "list"]])
def test_a_command_starts_without_what_it_does_not_need(arguments: list[str]) -> None:
    """Each of these takes longer to load than a command may take to start (./bench measures that)."""
    code = (
        "import sys; from fumibako.cli.app import run; run(sys.argv[1:]); "
        "print(*{'django', 'pydantic', 'rich', 'cryptography', 'asyncio'} & set(sys.modules))"
    )
    argv = [sys.executable, "-c", code, "--home", "/nonexistent", *arguments]
    shown = subprocess.run(argv, capture_output=True, text=True, check=True, env={"LANG": "C.UTF-8"}).stdout
    assert shown.splitlines()[-1] == ""

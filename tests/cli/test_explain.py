"""`fumibako explain` on a home that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.homes import TestedHome

JAPANESE = "ja_JP.UTF-8"


@pytest.fixture(scope="module", autouse=True)
def yumi(running_home: TestedHome) -> None:
    running_home.add_account("yumi@explained.example")


def test_what_would_happen_is_one_json_document(running_home: TestedHome) -> None:
    answer = running_home.cli("explain", "--from", "a@far.example", "--to", "yumi@explained.example", "--json")
    assert answer.exit == 0, answer
    told = answer.json
    assert told["verdict"] == "accept"
    assert told["reply"].startswith("250 ")
    assert (told["rule"]["section"], told["rule"]["entry"]) == ("accounts", "yumi@explained.example")
    assert isinstance(told["rule"]["text"], str)
    assert [(hop["kind"], hop["address"]) for hop in told["route"]] == [("mailbox", "yumi@explained.example")]
    assert told["unknown"]


def test_people_read_it_in_their_language(running_home: TestedHome) -> None:
    asked = ("explain", "--from", "<>", "--to", "x@elsewhere.example", "--client", "192.0.2.1", "--helo", "pc.example")
    told = running_home.cli(*asked)
    assert told.exit == 0
    assert told.stdout.startswith("refused  554 5.7.1 ")
    assert "Rule: domains elsewhere.example" in told.stdout
    assert running_home.cli(*asked, language=JAPANESE).stdout.startswith("拒否する  554 5.7.1 ")


def test_a_log_in_is_one_of_an_account(running_home: TestedHome) -> None:
    asked = ("explain", "--from", "yumi@explained.example", "--to", "x@elsewhere.example", "--json", "--auth")
    told = running_home.cli(*asked, "yumi@explained.example").json
    assert (told["verdict"], told["rule"]["entry"]) == ("accept", "yumi@explained.example")
    told = running_home.cli(*asked, "nobody@explained.example").json
    assert (told["verdict"], told["reply"][:3]) == ("reject", "535")


def test_a_file_is_asked_before_it_is_applied(running_home: TestedHome, tmp_path: Path) -> None:
    file = tmp_path / "candidate.yaml"
    file.write_text('fumibako: 1\nspam:\n  blocked_senders: ["@far.example"]\n')
    asked = ("explain", "--from", "a@far.example", "--to", "yumi@explained.example", "--json")
    told = running_home.cli(*asked, "--candidate", file).json
    assert (told["verdict"], told["rule"]["section"], told["rule"]["entry"]) == (
        "reject",
        "spam.blocked_senders",
        "@far.example",
    )
    assert running_home.cli(*asked).json["verdict"] == "accept"
    file.write_text("fumibako: 1\nspam: {blocked_senders: [nonsense]}\n")
    assert running_home.cli(*asked, "--candidate", file).codes == ["sender-form"]


def test_what_cannot_be_asked_is_said(running_home: TestedHome) -> None:
    wrong = running_home.cli(
        "explain", "--from", "a b@c", "--to", "", "--client", "1.2.3", "--helo", "a b", "--service", "imap", "--json"
    )
    assert wrong.exit == 1
    paths = {finding["path"] for finding in wrong.json["findings"]}
    assert paths == {"from", "to", "client", "helo", "service"}
    hostile = running_home.cli("explain", "--from", "a@b.example>\r\nDATA", "--to", "x@explained.example", "--json")
    assert hostile.exit == 1

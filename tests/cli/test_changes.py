"""`plan`, `apply`, `confirm`, `export`: what a script can rely on, against a real home."""

from __future__ import annotations

import os
import pty
import select
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.homes import TestedHome

PLAN_KEYS = {"outcome", "digest", "settings", "files", "behaviour", "findings"}


@pytest.fixture
def home(running_home: TestedHome) -> Iterator[TestedHome]:
    """The session's home; its basic settings are as they were when a test has ended."""
    before = running_home.cli("export", "basics").stdout
    yield running_home
    assert running_home.apply(before).exit == 0


def limit(size: int) -> str:
    return f"basics: {{message_size_limit: {size}}}\n"


def announced(home: TestedHome) -> str:
    with smtplib.SMTP("127.0.0.1", home.port("smtp"), timeout=10) as client:
        client.ehlo()
        return client.esmtp_features["size"]


def newest_state(home: TestedHome) -> str:
    return str(home.cli("history", "--json").json["items"][0]["state"])


def test_a_plan_shows_three_views_and_changes_nothing(home: TestedHome) -> None:
    before = home.status()["revision"]
    planned = home.cli("plan", "-", "--json", stdin=limit(2_000_000))
    assert planned.exit == 0
    assert planned.json.keys() >= PLAN_KEYS
    assert planned.json["outcome"] == "planned"
    assert [change["path"] for change in planned.json["settings"]] == ["basics.message_size_limit"]
    assert [file["path"] for file in planned.json["files"]] == ["postfix/main.cf"]
    assert any(row["changed"] for row in planned.json["behaviour"])
    assert home.status()["revision"] == before
    assert announced(home) == "10485760"


def test_detailed_exitcode_tells_a_script_whether_there_are_changes(home: TestedHome) -> None:
    assert home.cli("plan", "-", "--detailed-exitcode", stdin=limit(2_000_000)).exit == 2
    assert home.cli("plan", "-", "--detailed-exitcode", stdin=limit(10485760)).exit == 0
    assert home.cli("plan", "-", "--detailed-exitcode", stdin=limit(-1)).exit == 1


def test_for_people_behaviour_comes_first_and_in_their_language(home: TestedHome) -> None:
    english = home.cli("plan", "-", stdin=limit(2_000_000)).stdout
    japanese = home.cli("plan", "-", stdin=limit(2_000_000), language="ja_JP.UTF-8").stdout
    places = [english.index(word) for word in ("Behaviour", "Settings", "Files", "Digest: ")]
    assert places == sorted(places)
    places = [japanese.index(word) for word in ("動作", "設定", "ファイル", "ダイジェスト: ")]
    assert places == sorted(places)
    assert "最大メッセージサイズ" in japanese
    assert "+message_size_limit = 2000000" in english


def test_an_apply_is_live_and_the_same_again_changes_nothing(home: TestedHome) -> None:
    applied = home.apply(limit(3_000_000))
    assert (applied.exit, applied.json["outcome"]) == (0, "applied")
    assert applied.json["revision"] == home.status()["applied"]
    assert {step["outcome"] for step in applied.json["steps"]} <= {"done", "skipped"}
    assert announced(home) == "3000000"
    again = home.apply(limit(3_000_000))
    assert (again.exit, again.json["outcome"]) == (0, "unchanged")
    assert home.status()["revision"] == applied.json["revision"]


def test_steps_are_told_on_standard_error_while_json_stays_one_document(home: TestedHome) -> None:
    applied = home.apply(limit(3_100_000))
    assert isinstance(applied.json, dict)
    assert "Trial" in applied.stderr
    assert "✓" in applied.stderr


def test_without_a_terminal_an_apply_wants_yes_or_a_digest(home: TestedHome) -> None:
    for language, word in (("C.UTF-8", "--yes"), ("ja_JP.UTF-8", "端末がないときは")):
        refused = home.cli("apply", "-", stdin=limit(4_000_000), language=language)
        assert refused.exit == 2
        assert word in refused.stderr
    assert announced(home) == "10485760"


def test_a_digest_applies_what_was_reviewed_and_nothing_else(home: TestedHome) -> None:
    digest = home.cli("plan", "-", "--json", stdin=limit(5_000_000)).json["digest"]
    other = home.cli("apply", "-", "--digest", digest, "--json", stdin=limit(6_000_000))
    assert (other.exit, other.codes) == (1, ["plan-stale"])
    assert announced(home) == "10485760"
    same = home.cli("apply", "-", "--digest", digest, "--json", stdin=limit(5_000_000))
    assert (same.exit, same.json["outcome"]) == (0, "applied")
    assert announced(home) == "5000000"
    stale = home.cli("apply", "-", "--digest", digest, "--json", stdin=limit(5_000_000))
    assert stale.exit == 1


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("basics: {message_size_limit: -1}", "basics.message_size_limit"),
        ("basics: {services: {smtp: {port: 70000}}}", "basics.services.smtp.port"),
        ("basics: {services: {smtp: {port: 25x}}}", "basics.services.smtp.port"),
        ("basics: {unknown: 1}", "basics.unknown"),
        ("domains: {'a..b': {}}", "domains/a..b"),
        ("basics: [", ""),
        ("nonsense: 1", "nonsense"),
    ],
)
def test_a_bad_file_is_refused_with_findings_in_both_languages(home: TestedHome, text: str, path: str) -> None:
    before = home.status()["revision"]
    refused = home.apply(text)
    assert (refused.exit, refused.json["outcome"]) == (1, "refused")
    finding = refused.json["findings"][0]
    assert finding["code"]
    assert path in finding["path"]
    assert finding["message"] in refused.stderr
    japanese = home.cli("apply", "-", "--yes", stdin=text, language="ja_JP.UTF-8")
    assert japanese.exit == 1
    assert "エラー" in japanese.stderr
    assert any("\u3040" <= sign <= "\u9fff" for sign in japanese.stderr.partition("エラー")[2])
    assert home.status()["revision"] == before


def test_a_file_that_cannot_be_read_is_refused(home: TestedHome, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"basics: {hostname: \xe9}")
    for name, code in (("none", "file-unreadable"), ("latin", "file-not-utf8"), (".", "file-unreadable")):
        refused = home.cli("plan", tmp_path / name, "--json")
        assert (refused.exit, refused.codes) == (1, [code])


def test_a_file_with_a_byte_order_mark_is_read(home: TestedHome, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbf" + limit(10485760).encode())
    assert home.cli("plan", tmp_path / "file", "--json").json["outcome"] == "unchanged"


def test_an_export_applied_again_is_unchanged(home: TestedHome, tmp_path: Path) -> None:
    home.add_account("export@export.example")
    exported = home.cli("export")
    assert exported.exit == 0
    assert "***" in exported.stdout
    assert home.apply(exported.stdout).json["outcome"] == "unchanged"
    assert home.cli("export", "--json").json == {"file": exported.stdout}


def test_an_export_of_sections_names_those_and_an_unknown_one_is_refused(home: TestedHome) -> None:
    some = home.cli("export", "basics", "domains").stdout
    assert [line for line in some.splitlines() if line[:1].isalpha()] == ["fumibako: 1", "basics:", "domains:"] or (
        "domains: {}" in some
    )
    assert "\naccounts:" not in some
    refused = home.cli("export", "basicz", "--json")
    assert refused.exit == 1
    assert "basicz" in refused.stderr


def test_secrets_are_exported_only_when_asked_for(home: TestedHome) -> None:
    home.add_account("secret@export.example")
    assert "$argon2id$" not in home.cli("export", "accounts").stdout
    told = home.cli("export", "accounts", "--with-secrets").stdout
    assert "{ARGON2ID}$argon2id$" in told
    assert home.apply(told).json["outcome"] == "unchanged"


def test_confirm_within_goes_back_by_itself_unless_confirmed(home: TestedHome) -> None:
    applied = home.apply(limit(7_000_000), "--confirm-within", "3")
    assert (applied.exit, applied.json["outcome"]) == (0, "applied")
    assert announced(home) == "7000000"
    deadline = time.monotonic() + 20
    while (announced(home), newest_state(home)) != ("10485760", "rolled_back"):
        assert time.monotonic() < deadline, "it did not go back"
        time.sleep(0.3)

    applied = home.apply(limit(7_000_000), "--confirm-within", "60")
    assert applied.json["outcome"] == "applied"
    assert applied.json["confirm_by"] > time.time()
    again = home.apply(limit(7_000_000))
    assert (again.exit, again.codes) == (1, ["unconfirmed"])
    confirmed = home.cli("confirm", "--json")
    assert (confirmed.exit, confirmed.json["outcome"]) == (0, "applied")
    assert announced(home) == "7000000"
    nothing = home.cli("confirm", "--json")
    assert (nothing.exit, nothing.codes) == (1, ["nothing-unconfirmed"])


def at_terminal(home: TestedHome, file: Path, answer: str) -> tuple[int, str]:
    """`apply FILE` at a terminal where a person answers the question; its exit status and what it showed."""
    master, slave = pty.openpty()
    argv = [str(Path(sys.executable).with_name("fumibako")), "--home", str(home.root), "apply", str(file)]
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "TERM": "xterm"}
    with subprocess.Popen(
        argv, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    ) as child:
        os.close(slave)
        shown = b""
        answered = False
        while select.select([master], [], [], 60)[0]:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
            if b"[y/N]" in shown and not answered:
                os.write(master, answer.encode() + b"\n")
                answered = True
        status = child.wait(timeout=60)
    os.close(master)
    return status, shown.decode(errors="replace")


def test_at_a_terminal_the_plan_is_shown_and_a_person_is_asked(home: TestedHome, tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(limit(8_000_000))
    status, shown = at_terminal(home, file, "n")
    assert status == 1
    assert "Nothing was changed." in shown
    assert announced(home) == "10485760"
    status, shown = at_terminal(home, file, "y")
    assert status == 0
    assert "\x1b[1mBehaviour" in shown
    assert shown.index("Behaviour") < shown.index("Apply this?") < shown.index("serves.")
    assert announced(home) == "8000000"

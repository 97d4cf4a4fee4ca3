"""`alias`: one command is one edit, and mail follows it at once."""

from __future__ import annotations

import smtplib
import time
from pathlib import Path

from tests.cli.test_directory import logs_in
from tests.homes import PASSWORD, TestedHome


def aliases(home: TestedHome, *options: str) -> dict[str, list[str]]:
    return {row["address"]: row["targets"] for row in home.cli("alias", "list", "--json", *options).json["aliases"]}


def recipient(home: TestedHome, address: str) -> int:
    with smtplib.SMTP("127.0.0.1", home.port("smtp"), timeout=20) as client:
        client.ehlo("x.example")
        client.mail("a@b.example")
        return client.rcpt(address)[0]


def test_an_alias_is_added_changed_and_removed(running_home: TestedHome) -> None:
    running_home.add_account("aya@alias.example")
    added = running_home.cli("alias", "add", "info@alias.example", "aya@alias.example", "--json")
    assert (added.exit, added.json["outcome"]) == (0, "applied")
    assert recipient(running_home, "info@alias.example") == 250
    changed = running_home.cli("alias", "set", "info@alias.example", "aya@alias.example", "x@far.example", "--json")
    assert (changed.exit, changed.json["outcome"]) == (0, "applied")
    assert aliases(running_home, "--domain", "alias.example") == {
        "info@alias.example": ["aya@alias.example", "x@far.example"]
    }
    assert "x@far.example" in running_home.cli("alias", "list").stdout
    removed = running_home.cli("alias", "remove", "info@alias.example", "--json")
    assert (removed.exit, removed.json["outcome"]) == (0, "applied")
    assert recipient(running_home, "info@alias.example") == 550
    assert logs_in(running_home, "aya@alias.example", PASSWORD)


def test_what_is_wrong_is_said_and_nothing_changes(running_home: TestedHome) -> None:
    running_home.add_account("aya@wrong.example")
    for target, code in (("|/bin/sh", "target-command"), (":include:/etc/passwd", "target-include")):
        refused = running_home.cli("alias", "add", "bad@wrong.example", target, "--json")
        assert (refused.exit, refused.codes) == (1, [code])
    nobody = running_home.cli("alias", "add", "@wrong.example", "nobody@wrong.example", "--json")
    assert (nobody.exit, nobody.codes) == (1, ["target-missing"])
    assert "nobody@wrong.example" in nobody.stderr
    assert aliases(running_home, "--domain", "wrong.example") == {}


def test_a_csv_file_goes_in_and_comes_out(running_home: TestedHome, tmp_path: Path) -> None:
    running_home.add_account("aya@csv.example")
    file = tmp_path / "aliases.csv"
    file.write_bytes(
        "address,targets\none@csv.example,aya@csv.example x@far.example\n'@csv.example,aya@csv.example\n".encode(
            "cp932"
        )
    )
    done = running_home.cli("alias", "import", file, "--json")
    assert (done.exit, done.json["outcome"]) == (0, "applied")
    assert recipient(running_home, "anybody@csv.example") == 250
    out = running_home.cli("alias", "export", "--domain", "csv.example").stdout
    assert out.splitlines()[:2] == ["address,targets", "'@csv.example,aya@csv.example"]
    again = running_home.cli("alias", "import", "-", "--json", stdin=out)
    assert (again.exit, again.json["outcome"]) == (0, "unchanged")
    file.write_text("address,targets\ntwo@csv.example,|sh\n")
    wrong = running_home.cli("alias", "import", file, "--json")
    assert (wrong.exit, wrong.codes) == (1, ["target-command"])
    assert wrong.json["findings"][0]["path"] == "line 2"


def test_forwarded_mail_gets_a_sender_that_comes_back(running_home: TestedHome) -> None:
    """In a whole home: what waits in the queue for another server has our sender, signed by the home's key."""
    running_home.add_account("aya@forward.example")
    added = running_home.cli("alias", "add", "out@forward.example", "x@nowhere.invalid", "--json")
    assert added.exit == 0, added
    with smtplib.SMTP("127.0.0.1", running_home.port("smtp"), timeout=20) as client:
        client.sendmail("taro@other.example", ["out@forward.example"], "Subject: forwarded\r\n\r\nbody\r\n")
    log = Path(running_home.layout.postfix_log)
    deadline = time.monotonic() + 30
    while "=other.example=taro@" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.2)

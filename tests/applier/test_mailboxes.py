"""Mail of removed accounts goes, and nothing else does, whatever the agent says."""

from __future__ import annotations

import os
import time
from pathlib import Path, PurePosixPath

import pytest

from fumibako.applier.mailboxes import UNUSED, discard
from fumibako.applier.refused import Refused
from fumibako.layout import Home

NOW = time.time()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(PurePosixPath(tmp_path))


def mailbox(home: Home, name: str, *, age: float) -> Path:
    place = Path(home.mail, name)
    (place / "sdbox/mailboxes").mkdir(parents=True)
    (place / "sdbox/mailboxes/u.1").write_text("mail")
    for each in (*place.rglob("*"), place):
        os.utime(each, (NOW - age, NOW - age))
    return place


def test_a_mailbox_that_nobody_used_is_removed_wholly(home: Home) -> None:
    gone = mailbox(home, "example.jp/hanako..2", age=UNUSED + 60)
    stays = mailbox(home, "example.jp/hanako", age=UNUSED + 60)
    assert discard(home, ["example.jp/hanako..2", "example.jp/nobody"], NOW) == (
        "example.jp/hanako..2",
        "example.jp/nobody",
    )
    assert not gone.exists()
    assert stays.exists()


def test_a_mailbox_that_was_used_of_late_stays(home: Home) -> None:
    place = mailbox(home, "example.jp/hanako", age=UNUSED + 60)
    os.utime(place / "sdbox/mailboxes/u.1", (NOW, NOW - 60))
    assert discard(home, ["example.jp/hanako"], NOW) == ()
    assert (place / "sdbox/mailboxes/u.1").exists()


@pytest.mark.parametrize(
    "name",
    ["../generations/1", "example.jp/..", "example.jp/.", "/etc/passwd", "example.jp", "a/b/c", "example.jp/", ""],
)
def test_what_is_no_mailboxes_name_is_refused(home: Home, name: str) -> None:
    with pytest.raises(Refused):
        discard(home, [name], NOW)


def test_links_lead_nowhere(home: Home, tmp_path: Path) -> None:
    outside = tmp_path / "outside/hanako"
    outside.mkdir(parents=True)
    (outside / "file").write_text("precious")
    for each in (outside / "file", outside):
        os.utime(each, (0, 0))
    Path(home.mail, "example.jp").mkdir(parents=True)
    Path(home.mail, "linked.example").symlink_to(tmp_path / "outside")
    Path(home.mail, "example.jp/hanako").symlink_to(outside)
    assert "linked.example/hanako" not in discard(home, ["linked.example/hanako"], NOW)
    discard(home, ["example.jp/hanako"], NOW)
    assert (outside / "file").read_text() == "precious"

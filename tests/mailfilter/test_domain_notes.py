"""What the filter notes of the domains that are hosted here."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from pathlib import Path

import pytest

from fumibako.channel.mail_filter import ask_filter
from fumibako.mailfilter import domain_notes
from fumibako.mailfilter.domain_notes import DomainNotes
from tests.mailfilter.conftest import FilterRig


def anywhere(_domain: str) -> bool:
    return True


def test_the_last_time_counts_whichever_worker_saw_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        one, other = DomainNotes(tmp_path / "notes.db", anywhere), DomainNotes(tmp_path / "notes.db", anywhere)
        for notes, now in ((one, 100), (other, 200), (one, 150)):
            monkeypatch.setattr("fumibako.mailfilter.domain_notes.time.time", lambda now=now: float(now))
            notes.note("example.jp", "signed")
            notes.note("example.jp", "failed", {"client": f"192.0.2.{now}", "results": "spf=fail dkim=none"})
            notes.write()
        assert other.read("example.jp") == {
            "signed": {"at": 200},
            "failed": {"at": 200, "client": "192.0.2.200", "results": "spf=fail dkim=none"},
        }
        assert other.read("example.com") == {}

    asyncio.run(story())


def test_many_messages_are_one_row_written_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain_notes, "_EVERY", 0.05)

    async def story() -> None:
        notes = DomainNotes(tmp_path / "notes.db", anywhere)
        for _ in range(1000):
            notes.note("example.jp", "signed")
        assert not (tmp_path / "notes.db").exists()
        await asyncio.sleep(0.2)
        database = sqlite3.connect(tmp_path / "notes.db")
        assert database.execute("SELECT COUNT(*) FROM notes").fetchone() == (1,)
        database.close()

    asyncio.run(story())


def test_notes_of_a_domain_that_is_gone_go_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        there = {"gone.jp", "example.jp"}
        notes = DomainNotes(tmp_path / "notes.db", lambda domain: domain in there)
        for days in (0, 0.5, 1.5):
            monkeypatch.setattr("fumibako.mailfilter.domain_notes.time.time", lambda days=days: 1e9 + days * 86_400)
            for domain in there:
                notes.note(domain, "signed")
            assert bool(notes.read("gone.jp")) == (days < 1)
            there.discard("gone.jp")
        assert "signed" in notes.read("example.jp")

    asyncio.run(story())


def test_what_cannot_be_written_is_kept_for_the_next_time(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "notes.db").mkdir()
        notes = DomainNotes(tmp_path / "notes.db", anywhere)
        notes.note("example.jp", "signed")
        assert notes.read("example.jp") == {}
        (tmp_path / "notes.db").rmdir()
        assert "signed" in notes.read("example.jp")

    asyncio.run(story())


def test_details_of_any_length_fit_into_an_answer(mail_filter: FilterRig) -> None:
    mail_filter.install()
    mail_filter.start(1)
    assert ask_filter(mail_filter.home, "domain-notes", {"domain": "例え.jp"}, patience=5) == "DUNNO {}"
    rows = [
        (what, 2**40, domain_notes._short({"selector": "x" * length})) for what in ("signed",) for length in (9999,)
    ]
    rows += [(what, 2**40, domain_notes._short({"selector": "x" * 100})) for what in ("deferred", "failed")]
    path = Path(mail_filter.home.filter_private / "domain-notes.db")
    database = sqlite3.connect(path)
    with database:
        database.executemany("INSERT INTO notes (domain, what, at, details) VALUES ('a.jp', ?, ?, ?)", rows)
    database.close()
    answer = ask_filter(mail_filter.home, "domain-notes", {"domain": "a.jp"}, patience=5)
    assert answer is not None
    assert re.fullmatch(r"[ -~]{1,500}", answer)
    assert json.loads(answer.removeprefix("DUNNO"))["signed"] == {"at": 2**40}

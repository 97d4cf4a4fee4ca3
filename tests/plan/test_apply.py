"""The apply table on a model of a server: whatever prefix was walked, both ways end in a whole state."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.plan.apply import APPLY, POINT_OF_NO_RETURN, UNDOS, Journal, drawn, recovery, row

BEFORE = {"rows": "old", "link": 1, "told": 1, "trial": False}
AFTER = {"rows": "new", "link": 2, "told": 2, "trial": False}


def walked(server: dict[str, object], step: str) -> dict[str, object]:
    """What each step makes of the model."""
    match step:
        case "try":
            return {**server, "trial": True}
        case "rows":
            return {**server, "rows": "old and new"}
        case "install":
            return {**server, "link": 2}
        case "reload":
            return {**server, "told": server["link"]}
        case "finish":
            return {**server, "rows": "new", "trial": False}
        case _:
            return server


def undone(server: dict[str, object], undo: str) -> dict[str, object]:
    match undo:
        case "removed-rows":
            return {**server, "rows": "old and new"}
        case "generation":
            return {**server, "link": 1, "told": 1}
        case "rows":
            return {**server, "rows": "old"}
        case "trial":
            return {**server, "trial": False}
        case _:
            return server


def is_valid(server: dict[str, object]) -> bool:
    """The files in force never ask for a row that is not there."""
    return server["rows"] in (("old", "old and new") if server["told"] == 1 else ("new", "old and new"))


JOURNAL = Journal(run=7, base=1, revision=2, generation=2, previous=1)


def test_every_prefix_of_the_table_is_a_valid_server() -> None:
    server: dict[str, object] = dict(BEFORE)
    for step in APPLY:
        server = walked(server, step.name)
        assert is_valid(server), step.name
    assert server == AFTER


@given(st.integers(0, len(APPLY)), st.booleans(), st.integers(1, 3))
def test_undoing_any_prefix_restores_what_was_however_often_it_is_done(
    length: int, last_was_done: bool, times: int
) -> None:
    server, journal = dict(BEFORE), JOURNAL
    for number, step in enumerate(APPLY[:length], 1):
        journal = journal.beginning(step.name)
        if number < length or last_was_done:
            server = walked(server, step.name)
    for _ in range(times):
        for undo in journal.undos:
            server = undone(server, undo)
            assert is_valid(server), undo
    assert server == BEFORE


def test_the_undo_of_a_step_is_written_down_before_the_step_begins() -> None:
    for step in APPLY:
        journal = JOURNAL.beginning(step.name)
        assert (step.undo is None) == (journal.undos == ())


def test_undos_are_walked_last_first() -> None:
    journal = JOURNAL
    for step in APPLY:
        journal = journal.beginning(step.name)
    assert journal.undos == ("removed-rows", "generation", "rows", "trial", "candidate")
    assert set(journal.undos) == set(UNDOS)


@pytest.mark.parametrize("step", [step.name for step in APPLY if step.name != POINT_OF_NO_RETURN])
def test_a_run_interrupted_before_the_last_step_goes_back(step: str) -> None:
    assert recovery(JOURNAL.beginning(row(step).name), now=0) == "undo"  # type: ignore[arg-type]


def test_a_run_interrupted_in_the_last_step_goes_forward() -> None:
    assert recovery(JOURNAL.beginning(POINT_OF_NO_RETURN), now=0) == "finish"


def test_an_unconfirmed_change_waits_until_its_time_and_then_goes_back() -> None:
    journal = replace(JOURNAL, phase="unconfirmed", confirm_by=100)
    assert recovery(journal, now=99.9) == "wait"
    assert recovery(journal, now=100) == "undo"


def test_a_journal_survives_its_json() -> None:
    journal = replace(JOURNAL.beginning("check").beginning("rows"), confirm_by=12)
    assert Journal.from_json(journal.as_json()) == journal


def test_nothing_live_is_touched_before_the_rows() -> None:
    journal = JOURNAL
    for step in APPLY:
        journal = journal.beginning(step.name)
        assert journal.touched == (step.name not in ("check", "ports", "try", "checkpoint"))


def test_the_drawing_shows_every_step_and_where_there_is_no_way_back() -> None:
    lines = drawn().splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(("-", "step"))] == [step.name for step in APPLY]
    assert "forward" in lines[-2]

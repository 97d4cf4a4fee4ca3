"""`--confirm-within`: a change that goes back by itself unless somebody says that it may stay."""

from __future__ import annotations

import time
from typing import Any

from fumibako.schema.edit import Edit
from tests.node.station import ACCOUNT, Station


def facts(station: Station) -> dict[str, Any]:
    return {
        "revision": station.revision(),
        "generation": station.generation(),
        "size": station.size_limit(),
        "jiro": station.knows("jiro@example.jp"),
        "taro": station.knows("taro@example.jp"),
    }


def edits(station: Station) -> list[Edit]:
    return [
        station.console.edit("basics.message_size_limit", 20_000_000),
        Edit(("accounts", "jiro@example.jp"), None, ACCOUNT),
        Edit(("accounts", "taro@example.jp"), ACCOUNT, None),
    ]


def begin(station: Station, seconds: int) -> tuple[int, dict[str, Any]]:
    run = station.console.submit("apply", *edits(station), confirm_within=seconds)
    outcome = station.console.outcome(run)
    assert outcome["outcome"] == "unconfirmed", station.story(outcome)
    assert outcome["confirm_by"] - time.time() <= seconds
    after = facts(station)
    assert (after["size"], after["jiro"], after["taro"]) == ("20000000", True, False)
    return run, after


def test_a_change_that_nobody_confirms_goes_back_by_itself(station: Station) -> None:
    before = facts(station)
    run, _ = begin(station, 2)
    outcome = station.console.outcome(run, nth=2)
    assert (outcome["outcome"], outcome["findings"][0]["code"]) == ("rolled_back", "not-confirmed")
    assert facts(station) == before
    assert not station.has_journal()


def test_it_goes_back_though_everything_was_killed_meanwhile(station: Station) -> None:
    before = facts(station)
    run, _ = begin(station, 3)
    station.applier.kill()
    station.agent.kill()
    outcome = station.console.outcome(run, nth=2)
    assert outcome["outcome"] == "rolled_back"
    assert facts(station) == before


def test_it_goes_back_without_the_console(station: Station) -> None:
    before = facts(station)
    run, _ = begin(station, 2)
    station.console.away = True
    deadline = time.monotonic() + 10
    while station.has_journal() and time.monotonic() < deadline:
        time.sleep(0.1)
    station.console.away = False
    assert facts(station) == before
    assert station.console.outcome(run, nth=2)["outcome"] == "rolled_back"


def test_a_waiting_change_keeps_another_from_being_applied(station: Station) -> None:
    before = facts(station)
    begin(station, 60)
    outcome = station.console.perform("apply", station.console.edit("basics.message_size_limit", 1_000_000))
    assert (outcome["outcome"], outcome["findings"][0]["code"]) == ("refused", "unconfirmed")
    outcome = station.console.perform("roll_back")
    assert outcome["outcome"] == "rolled_back"
    assert facts(station) == before


def test_a_confirmed_change_stays(station: Station) -> None:
    run, after = begin(station, 3)
    outcome = station.console.perform("confirm")
    assert outcome["outcome"] == "confirmed", station.story(outcome)
    time.sleep(3.5)
    assert facts(station) == after
    assert [outcome["outcome"] for number, outcome in station.console.outcomes if number == run] == ["unconfirmed"]
    outcome = station.console.apply(
        station.console.edit("basics.message_size_limit", 10_485_760),
        Edit(("accounts", "jiro@example.jp"), ACCOUNT, None),
        Edit(("accounts", "taro@example.jp"), None, ACCOUNT),
    )
    assert outcome["outcome"] == "applied", station.story(outcome)


def test_where_nothing_waits_there_is_nothing_to_confirm_or_to_take_back(station: Station) -> None:
    for kind in ("confirm", "roll_back"):
        outcome = station.console.perform(kind)
        assert (outcome["outcome"], outcome["findings"][0]["code"]) == ("refused", "not-unconfirmed")

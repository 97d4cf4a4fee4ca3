"""What a plan says of messages, asked of the live server and of the candidate."""

from __future__ import annotations

from typing import Any

from fumibako.schema.edit import Edit
from tests.node.station import Station


def permitted(entry: str) -> Edit:
    return Edit(("access", "permitted_clients", entry), None, True)


def messages(outcome: dict[str, Any]) -> dict[str, tuple[str, str]]:
    rows = [row for row in outcome["behaviour"] if row["subject"].startswith("message:")]
    return {row["question"]["en"]: (row["before"]["en"], row["after"]["en"]) for row in rows}


def test_a_client_that_may_send_from_now_on_is_told_and_its_neighbour_is_not(station: Station) -> None:
    outcome = station.console.perform("plan", permitted("192.168.0.21-24"))
    assert messages(outcome) == {
        "192.168.0.22 without logging in": ("may not send to other servers (554)", "may send to any address")
    }
    row = next(row for row in outcome["behaviour"] if row["subject"] == "message:client")
    assert row["path"] == "access.permitted_clients[192.168.0.21-24]"


def test_a_name_that_may_send_is_told_without_a_name_server(station: Station) -> None:
    outcome = station.console.perform("plan", permitted("partner.example"))
    assert list(messages(outcome)) == ["partner.example without logging in"]


def test_routes_senders_and_aliases_are_told(station: Station) -> None:
    route = {"host": "192.168.12.34", "port": 1025, "tls": "none"}
    alias = {"targets": ["hanako@example.jp", "her@local.example.com"]}
    outcome = station.console.perform(
        "plan",
        Edit(("relay", "domains", "local.example.com"), None, route),
        Edit(("spam", "blocked_senders", "@spam.example"), None, True),
        Edit(("aliases", "office@example.jp"), None, alias),
    )
    assert messages(outcome) == {
        "Mail for local.example.com": ("goes straight to its MX", "goes to 192.168.12.34:1025"),
        "Mail from @spam.example": ("accepted", "refused 554"),
        "Mail for office@example.jp": (
            "refused 550",
            "goes to hanako@example.jp, her@local.example.com at 192.168.12.34:1025",
        ),
    }


def test_where_nothing_of_it_is_touched_no_answer_changes(station: Station) -> None:
    outcome = station.console.perform("plan", station.console.edit("basics.message_size_limit", 20_000_000))
    assert messages(outcome) == {}


def test_a_log_in_that_is_no_longer_forced_is_told_of_this_machine(station: Station) -> None:
    edit = station.console.edit("basics.services.submission.auth_required", False)
    outcome = station.console.perform("plan", edit)
    assert messages(outcome) == {
        "This machine through Submission": ("may not send to other servers (530)", "may send to any address")
    }


def test_a_hundred_entries_are_all_asked_about(station: Station) -> None:
    outcome = station.console.perform("plan", *(permitted(f"10.{number}.0.0/24") for number in range(100)))
    assert messages(outcome) == {
        f"10.{number}.0.1 without logging in": ("may not send to other servers (554)", "may send to any address")
        for number in range(100)
    }


def test_of_thousands_some_are_asked_about_and_it_is_said_how_many_are_not(station: Station) -> None:
    edits = [permitted(f"10.{number // 100}.{number % 100 * 2}.0/24") for number in range(5000)]
    edits += [Edit(("spam", "blocked_senders", f"@s{number}.example"), None, True) for number in range(20)]
    told = messages(station.console.perform("plan", *edits))
    assert sum("without logging in" in each for each in told) == 100
    assert sum(each.startswith("Mail from") for each in told) == 20
    assert told["More clients: 4,900"][0] == "not asked about"


def test_a_permitted_outsider_is_no_open_relay(station: Station) -> None:
    edit = permitted("198.51.100.0/24")
    outcome = station.console.apply(edit)
    assert outcome["outcome"] == "applied", station.story(outcome)
    station.console.apply(edit.inverse())


def test_a_change_that_would_let_an_outsider_relay_is_refused(station: Station) -> None:
    edit = Edit(("basics", "local_overrides", "mynetworks"), None, "198.51.100.0/24")
    outcome = station.console.apply(edit)
    assert outcome["outcome"] == "refused", station.story(outcome)
    assert "open-relay" in [each["code"] for each in outcome["findings"]]

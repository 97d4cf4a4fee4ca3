"""Block lists in a plan: what will be asked, never as an answer."""

from __future__ import annotations

from fumibako.plan.untried import left_out, untried
from fumibako.schema.edit import Edit


def said(*edits: Edit) -> list[tuple[str, str, str]]:
    return [(row.question.en, row.before.en, row.after.en) for row in untried(edits)]


def test_a_list_that_comes_will_be_asked_and_was_not_tried() -> None:
    assert said(Edit(("spam", "dns_blocklists", "bl.example.net*2"), None, True)) == [
        (
            "Clients on bl.example.net*2",
            "the list is not asked",
            "the list will be asked (not tried: a trial has no DNS)",
        )
    ]


def test_a_list_that_goes_is_not_asked_any_more() -> None:
    assert said(Edit(("spam", "dns_blocklists", "bl.example.net"), True, None)) == [
        ("Clients on bl.example.net", "the list is asked", "the list will not be asked any more")
    ]


def test_another_weight_to_refuse_from_is_said() -> None:
    assert said(Edit(("spam", "threshold"), 1, 3)) == [
        ("Clients on block lists", "refused from weight 1", "refused from weight 3 (not tried: a trial has no DNS)")
    ]


def test_other_edits_have_no_row() -> None:
    assert said(Edit(("spam", "blocked_senders", "@example.com"), None, True)) == []


def test_of_many_entries_it_is_said_how_many_were_not_asked_about() -> None:
    rows = left_out({"client": 4850, "account": 1})
    assert [row.question.en for row in rows] == ["More clients: 4,850", "More accounts: 1"]
    assert list(left_out({})) == []

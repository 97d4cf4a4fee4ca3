"""Which entries are asked about, and how many are said not to be."""

from __future__ import annotations

from collections.abc import Sequence

from fumibako.plan.asked_entries import ASKED, chosen
from fumibako.plan.questions import touched_recipients
from fumibako.schema.edit import Edit


def clients(number: int) -> list[Edit]:
    return [
        Edit(("access", "permitted_clients", f"10.{each // 200}.{each % 200}.0/24"), None, True)
        for each in range(number)
    ]


def senders(number: int) -> list[Edit]:
    return [Edit(("spam", "blocked_senders", f"@s{each}.example"), None, True) for each in range(number)]


def accounts(number: int, *field: str) -> list[Edit]:
    return [Edit(("accounts", f"a{each}@example.jp", *field), None, True) for each in range(number)]


def said(edits: Sequence[Edit]) -> tuple[int, dict[str, int]]:
    found = chosen(edits)
    return len(found.edits), {str(kind): number for kind, number in found.left_out.items()}


def test_up_to_the_bound_every_entry_is_asked_about() -> None:
    assert said([*clients(100), *senders(20)]) == (ASKED, {})


def test_above_it_large_kinds_leave_room_for_small_ones() -> None:
    assert said([*clients(10_000), *senders(30), *accounts(5)]) == (ASKED, {"client": 10_000 - (ASKED - 35)})
    assert said([*clients(10_000), *senders(10_000)]) == (ASKED, {"client": 9_940, "sender": 9_940})


def test_an_entry_with_several_edits_counts_once() -> None:
    edits = [*accounts(110, "enabled"), *accounts(110, "may_send"), *accounts(110, "name")]
    assert said(edits) == (330, {})


def test_what_no_answer_depends_on_is_neither_asked_about_nor_left_out() -> None:
    limits = accounts(5000, "quota_mb")
    assert said(limits) == (5000, {})
    assert touched_recipients(chosen(limits).edits) == []


def test_edits_keep_their_order() -> None:
    edits = [senders(3)[2], *clients(2), senders(3)[0], Edit(("basics", "message_size_limit"), 1, 2)]
    assert list(chosen(edits).edits) == edits

"""Rewritten senders lead back to who sent, if we made them and not too long ago, whatever happened to their case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mail.srs import LIFETIME, NotOurs, SenderRewriting, is_rewritten

OURS = SenderRewriting([b"new", b"old"], "ours.example")
THEIRS = SenderRewriting([b"theirs"], "theirs.example")
DAY = 20_000
NAMES = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_{}~-]{1,20}(\.[A-Za-z0-9=+-]{1,8})?", fullmatch=True)


def test_the_form_is_the_one_that_others_know() -> None:
    made = OURS.forwarded("hanako@example.org", DAY)
    local_part, _, domain = made.rpartition("@")
    assert domain == "ours.example"
    scheme, hash_, day, *rest = local_part.split("=")
    assert (scheme, len(hash_), len(day), rest) == ("SRS0", 8, 2, ["example.org", "hanako"])
    assert is_rewritten(made)
    assert not is_rewritten("hanako@example.org")


@given(NAMES, st.integers(0, 100_000), st.integers(0, LIFETIME))
def test_a_sender_comes_back_within_its_lifetime(name: str, day: int, later: int) -> None:
    sender = f"{name}@Example.org"
    assert OURS.returned(OURS.forwarded(sender, day), day + later) == sender


@given(NAMES, st.sampled_from([str.lower, str.upper, str.swapcase]))
def test_the_case_does_not_matter(name: str, changed: object) -> None:
    made = changed(OURS.forwarded(f"{name}@example.org", DAY))  # type: ignore[operator]
    assert OURS.returned(made, DAY).lower() == f"{name}@example.org".lower()


def test_it_dies_of_age_and_of_any_change() -> None:
    made = OURS.forwarded("hanako@example.org", DAY)
    with pytest.raises(NotOurs):
        OURS.returned(made, DAY + LIFETIME + 1)
    for wrong in (
        made.replace("hanako", "taro"),
        made.replace("example.org", "example.com"),
        made.replace("SRS0=", "SRS0=x"),
        THEIRS.forwarded("hanako@example.org", DAY),
        "SRS0=@ours.example",
        "SRS0=a=b@ours.example",
        "srs1=a@ours.example",
        "hanako@ours.example",
        "SRS0-x",
    ):
        with pytest.raises(NotOurs):
            OURS.returned(wrong, DAY)


def test_an_older_key_still_opens() -> None:
    before = SenderRewriting([b"old"], "ours.example").forwarded("hanako@example.org", DAY)
    assert OURS.returned(before, DAY) == "hanako@example.org"
    assert OURS.forwarded("hanako@example.org", DAY) != before


def test_a_second_forwarding_leads_back_to_the_first_and_grows_no_more() -> None:
    first = THEIRS.forwarded("hanako@example.org", DAY)
    second = OURS.forwarded(first, DAY)
    assert second.startswith("SRS1=")
    assert OURS.returned(second, DAY + 500).lower() == first.lower()
    third = SenderRewriting([b"third"], "third.example")
    again = third.forwarded(second, DAY)
    assert third.returned(again, DAY).lower() == first.lower()
    assert len(again) <= len(second) + 2


@pytest.mark.parametrize(
    "sender", ["", "hanako", '"a b"@example.org', "@example.org", "srs1=x@example.org", "花子@example.org"]
)
def test_what_cannot_be_rewritten_stays(sender: str) -> None:
    assert OURS.forwarded(sender, DAY) == sender


@given(st.text())
def test_nothing_that_comes_back_breaks_it(text: str) -> None:
    for address in (text, f"srs0={text}@ours.example", f"SRS1={text}@ours.example"):
        with pytest.raises(NotOurs):
            OURS.returned(address, DAY)

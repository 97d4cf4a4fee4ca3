"""A key signs when the world can verify it, and goes when nobody needs it any more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fumibako.features.authentication.rotation import KEPT, KeyLife, advanced, next_selector


def key(number: int, state: str, *, since: float = 0, use: str = "dkim", kind: str = "rsa") -> KeyLife:
    return KeyLife(number, f"s{number}", use, kind, state, since)  # type: ignore[arg-type]


def states(keys: list[KeyLife], *, seen: tuple[int, ...] = (), waits: bool = False, now: float = 100) -> list[str]:
    return [each.state for each in advanced(keys, seen=lambda each: each.number in seen, waits=waits, now=now)]


def test_a_domains_first_key_signs_at_once_where_nobody_publishes_for_it() -> None:
    assert states([key(1, "published")]) == ["active"]


def test_a_domains_first_key_waits_where_this_server_publishes() -> None:
    assert states([key(1, "published")], waits=True) == ["published"]
    assert states([key(1, "published")], waits=True, seen=(1,)) == ["active"]


def test_the_old_key_signs_until_every_server_answers_with_the_new_one() -> None:
    keys = [key(1, "active"), key(2, "published")]
    assert states(keys) == ["active", "published"]
    assert states(keys, seen=(2,)) == ["retiring", "active"]


def test_the_old_record_stays_for_a_week() -> None:
    keys = [key(1, "retiring", since=100), key(2, "active", since=100)]
    assert states(keys, now=100 + KEPT - 1) == ["retiring", "active"]
    assert states(keys, now=100 + KEPT) == ["withdrawn", "active"]


def test_a_key_that_was_overtaken_never_signs() -> None:
    keys = [key(1, "active"), key(2, "published"), key(3, "published")]
    assert states(keys, seen=(3,)) == ["retiring", "retiring", "active"]


def test_keys_of_another_kind_or_use_have_a_life_of_their_own() -> None:
    keys = [key(1, "active"), key(2, "published", kind="ed25519"), key(3, "published", use="domainkeys")]
    assert states(keys, seen=()) == ["active", "active", "active"]


def test_a_selector_is_never_used_twice() -> None:
    assert next_selector("s", ["s1", "s2", "default"]) == "s3"
    assert next_selector("e", []) == "e1"


STATES = st.sampled_from(["published", "active", "retiring", "withdrawn"])


@given(st.lists(STATES, max_size=6), st.sets(st.integers(0, 5)), st.booleans())
def test_no_step_stops_signing_and_at_most_one_new_key_begins(
    given_states: list[str], seen: set[int], waits: bool
) -> None:
    keys = [key(number, state) for number, state in enumerate(given_states)]
    now = advanced(keys, seen=lambda each: each.number in seen, waits=waits, now=KEPT * 2.0)
    assert [each.number for each in now] == [each.number for each in keys]
    if any(each.signs for each in keys):
        assert any(each.signs for each in now)
    began = [after for before, after in zip(keys, now, strict=True) if after.signs and not before.signs]
    assert len(began) <= 1
    again = advanced(now, seen=lambda each: each.number in seen, waits=waits, now=KEPT * 2.0)
    assert [each.state for each in again if each.signs] == [each.state for each in now if each.signs]

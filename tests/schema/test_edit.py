"""Edits are values: they can be undone, brought together, and read before they happen."""

from hypothesis import given
from hypothesis import strategies as st

from fumibako.schema.edit import Edit, composed, digest
from fumibako.schema.place import Place, read, written

keys = st.text(alphabet="abcz._0-", min_size=1, max_size=8).filter(lambda key: "[" not in key)
settings_places = st.lists(keys, min_size=2, max_size=4).map(lambda rest: ("basics", *rest))
values = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))


@given(settings_places)
def test_a_place_is_read_back_as_it_was_written(place: Place) -> None:
    assert read(written(place)) == place


def test_places_of_rows_are_paths() -> None:
    assert written(("accounts", "hanako@example.jp", "enabled")) == "accounts/hanako@example.jp/enabled"
    assert read("accounts/hanako@example.jp/enabled") == ("accounts", "hanako@example.jp", "enabled")
    assert read("domains/example.jp") == ("domains", "example.jp")
    assert written(("relay", "domains", "local.example.com", "port")) == "relay.domains[local.example.com].port"


@given(st.lists(st.tuples(settings_places, values), max_size=12))
def test_edits_and_their_inverses_come_to_nothing(changes: list[tuple[Place, object]]) -> None:
    state: dict[Place, object] = {}
    edits = []
    for place, value in changes:
        edits.append(Edit(place, state.get(place), value))
        state[place] = value
    back = [edit.inverse() for edit in reversed(edits)]
    assert composed([*edits, *back]) == []


def test_a_field_of_a_row_that_was_just_added_becomes_part_of_it() -> None:
    row = Edit(("accounts", "a@example.jp"), None, {"name": "", "enabled": True})
    field = Edit(("accounts", "a@example.jp", "name"), "", "花子")
    assert composed([row, field]) == [Edit(("accounts", "a@example.jp"), None, {"name": "花子", "enabled": True})]


def test_removing_a_row_remembers_what_it_was_before_its_fields_were_changed() -> None:
    field = Edit(("accounts", "a@example.jp", "name"), "花子", "太郎")
    removed = Edit(("accounts", "a@example.jp"), {"name": "太郎"}, None)
    assert composed([field, removed]) == [Edit(("accounts", "a@example.jp"), {"name": "花子"}, None)]


def test_adding_and_removing_a_row_is_nothing() -> None:
    row = Edit(("domains", "example.jp"), None, {})
    assert composed([row, row.inverse()]) == []


def test_a_digest_stands_for_the_base_and_the_edits_whatever_their_order() -> None:
    first = Edit(("basics", "hostname"), "a.example", "b.example")
    second = Edit(("basics", "message_size_limit"), 0, 1)
    assert digest(3, [first, second]) == digest(3, [second, first])
    assert digest(3, [first]) != digest(4, [first])
    assert digest(3, [first]) != digest(3, [second])

"""Where the lines of a plot go."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.console.templatetags import drawing
from fumibako.schema.text import plain


@given(st.floats(min_value=1, max_value=1e9))
def test_an_axis_ends_at_or_above_its_highest_value_and_not_far_above(value: float) -> None:
    assert value <= drawing.round_up(value) <= 2 * value


@pytest.mark.parametrize("ends", [[10.0, 12.0, 11.0], [170.0, 172.0, 175.0], [20.0, 150.0]])
def test_labels_keep_a_line_apart_and_stay_above_the_foot(ends: list[float]) -> None:
    placed = sorted(drawing.spread(ends))
    assert all(after - before >= drawing.LABEL_GAP for before, after in itertools.pairwise(placed))
    assert placed[-1] <= drawing.HEIGHT - drawing.BOTTOM


def test_a_plot_has_a_zero_line_and_a_row_for_every_moment() -> None:
    line = SimpleNamespace(label=plain("in"), tone="moss", values=[0, 7])
    drawn = drawing.plot_lines(
        SimpleNamespace(title=plain("Mail"), unit=plain(""), times=["1:00", "2:00"], series=[line])
    )
    assert [row["values"] for row in drawn["rows"]] == [[0], [7]]
    assert drawn["ticks"][0]["value"] == 0
    assert drawn["lines"][0]["path"].startswith(f"M{drawing.LEFT}.0 {drawing.HEIGHT - drawing.BOTTOM}.0L")


def test_a_plot_of_nothing_is_flat() -> None:
    assert drawing.spark_path([0, 0]) == "M0.0 26.5L160.0 26.5"

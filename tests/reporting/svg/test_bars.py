from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trackexp.reporting.svg import Bar, bars, histogram

Parts = Callable[..., list[Any]]


def test_bars_begin_at_zero(parts: Parts):
    """Lengths can be compared only from there; a negative value goes the other way."""
    chart = bars([Bar("up", 2.0), Bar("down", -1.0)], title="t")
    up, down = parts(chart, "rect", "plain")

    assert float(down.get("x")) + float(down.get("width")) == pytest.approx(float(up.get("x")), abs=0.11)
    assert float(up.get("width")) == pytest.approx(2 * float(down.get("width")), abs=0.2)


def test_dots_stand_for_bars_where_the_axis_has_no_zero(parts: Parts):
    """A bar from 0.90 to 0.92 would lie about their ratio."""
    chart = bars([Bar("a", 0.91, 0.90, 0.92), Bar("b", 0.93, 0.92, 0.94)], title="t", from_zero=False)

    assert [] == parts(chart, "rect", "plain")
    assert 2 == len(parts(chart, "circle"))
    assert 6 == len(parts(chart, "path", "whisker"))


def test_a_value_that_is_not_known_keeps_its_name(parts: Parts):
    """The row is there, the bar is not."""
    chart = bars([Bar("a", 1.0), Bar("lost", float("nan"))], title="t")

    assert {"lost", "–"} <= {text.text for text in parts(chart, "text")}
    assert "a: 1. lost: none." == chart.description


def test_of_very_many_bars_the_first_are_drawn_and_the_rest_counted(parts: Parts):
    """Sixty fit on a screen."""
    chart = bars([Bar(str(i), float(i)) for i in range(100)], title="t")

    assert 60 == len(parts(chart, "rect", "plain"))
    assert "… and 40 more" in {text.text for text in parts(chart, "text")}


@example([0.0, 0.0, 0.0, 1.8e122, 8.7e-187])
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50))
def test_a_histogram_counts_every_finite_value(values: list[float]):
    """Whatever the values are."""
    finite = [value for value in values if np.isfinite(value) and abs(value) < 1e150]
    chart = histogram(finite, title="t", x_label="residual")
    expected = "1 value " if len(finite) == 1 else f"{len(finite)} values "

    assert chart.description.startswith(expected)


def test_counts_that_are_known_already_are_drawn_by_their_edges(parts: Parts):
    """A million rows are counted where they are, not here."""
    chart = histogram([3, 0, 1], title="t", x_label="p", edges=[0.0, 0.5, 0.9, 1.0])

    assert ["0 to 0.5: 3", "0.9 to 1: 1"] == [rect[0].text for rect in parts(chart, "rect")]

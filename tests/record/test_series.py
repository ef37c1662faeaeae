from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trackexp.record import History, Series

rows = st.lists(st.dictionaries(st.sampled_from(["a", "b/c"]), st.floats() | st.booleans(), max_size=2), max_size=8)


def series(*values: float, name: str = "m") -> Series:
    """Return a series at the steps 0, 1, 2 and so on."""
    return Series(name, np.arange(len(values)), np.array(values, np.float64))


def test_series_with_nan_are_equal_where_their_values_are() -> None:
    """NaN equals NaN at the same place; another value, step, name or length does not."""
    nan = math.nan

    assert series(1, nan, math.inf) == series(1, nan, math.inf)
    assert series(1, nan) != series(nan, 1)
    assert series(1, nan) != series(1, 0)
    assert series(1, nan) != series(1, nan, name="other")
    assert series(1) != series(1, nan)
    assert series(1) != Series("m", np.array([5]), np.array([1.0]))
    assert series(1) != [1]


def test_the_last_value_of_an_empty_series_is_nan() -> None:
    """Asking for it is no error."""
    assert math.isnan(series().last)
    assert 2.0 == series(1, 2).last


@given(rows)
def test_every_number_of_the_rows_is_in_its_column(rows: list[dict[str, float]]) -> None:
    """Columns hold exactly the rows that have the metric, at their steps, NaN and infinities included."""
    history = History.from_rows([{"_step": 3 * index, **row} for index, row in enumerate(rows)])

    for name in {key for row in rows for key in row}:
        expected = [(3 * index, repr(float(row[name]))) for index, row in enumerate(rows) if name in row]
        column = history[name]
        assert expected == list(zip(column.steps.tolist(), map(repr, column.values.tolist()), strict=True))
    assert len(history) == len({key for row in rows for key in row})


def test_what_is_no_number_makes_no_column() -> None:
    """Text, lists, None and the step itself are left out; rows without a step are counted."""
    history = History.from_rows([{"t": "x", "l": [1], "n": None, "loss": 1}, {"loss": True}])

    assert ["loss"] == list(history)
    assert Series("loss", np.array([0, 1]), np.array([1.0, 1.0])) == history["loss"]


def test_metrics_come_in_the_order_of_their_first_appearance() -> None:
    """So that reports are stable."""
    assert ["b", "a"] == list(History.from_rows([{"b": 1}, {"a": 1, "b": 2}]))
    assert "History(b[2], a[1])" == repr(History.from_rows([{"b": 1}, {"a": 1, "b": 2}]))

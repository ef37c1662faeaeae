from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.reporting.svg.scale import log_ticks, make_scale, nice_ticks, tick_labels

FLOATS = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(FLOATS, max_size=20), st.sampled_from(["linear", "log", "auto"]))
def test_an_axis_holds_every_number_that_has_a_place(values: list[float], kind: str):
    """Whatever a run logged: extremes of the type, infinities, NaN, one number, none."""
    scale = make_scale([values], 10, 110, kind=kind)  # type: ignore[arg-type]
    places = scale(values)
    finite = places[np.isfinite(places)]

    assert scale.low < scale.high
    assert ((finite >= 9.99) & (finite <= 110.01)).all()
    assert scale.log or np.isnan(values).sum() + np.isinf(values).sum() >= np.isnan(places).sum()


@given(st.floats(-1e12, 1e12), st.floats(1e-9, 1e12), st.integers(2, 12), st.booleans())
def test_ticks_are_few_round_rising_and_within(low: float, span: float, most: int, whole: bool):
    """At most as many as there is room for, at least one in a range that has a round number."""
    high = low + span
    if whole:  # the axis of whole numbers has whole ends
        low, high = math.floor(low), math.floor(low) + math.ceil(span)
    if high - low < 1e-9 * max(abs(low), abs(high)):
        return
    ticks = nice_ticks(low, high, most, whole=whole)

    assert len(ticks) <= most
    assert sorted(set(ticks)) == ticks
    assert all(low - 1e-6 * span <= tick <= high + 1e-6 * span for tick in ticks)
    assert not whole or all(tick == int(tick) for tick in ticks)


@given(st.floats(-250, 250), st.floats(0.05, 300), st.integers(3, 10))
def test_ticks_of_a_logarithmic_axis_lie_within(exponent: float, decades: float, most: int):
    """From a twentieth of a decade to three hundred of them."""
    low, high = 10.0**exponent, 10.0 ** min(exponent + decades, 300)
    if high < low * 1.01:
        return
    ticks = log_ticks(low, high, most)

    assert ticks
    assert all(low * 0.99 <= tick <= high * 1.01 for tick in ticks)
    assert len(ticks) <= most + 1


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=8, unique=True))
def test_labels_tell_ticks_apart(values: list[float]):
    """Two ticks of one axis never bear the same label."""
    low, high = min(values), max(values)
    if high - low < 1e-6 * max(abs(low), abs(high)) or high - low < 1e-6:
        return
    labels = tick_labels(nice_ticks(low, high))

    assert len(labels) == len(set(labels))


@pytest.mark.parametrize(
    ("ticks", "expected"),
    [
        ([0.0, 50000.0, 100000.0], ["0", "50k", "100k"]),
        ([-0.5, 0.0, 0.5], ["−0.5", "0", "0.5"]),
        ([0.0, 1e6, 2e6], ["0", "1M", "2M"]),
        ([0.001, 0.01, 0.1], ["0.001", "0.01", "0.1"]),
        ([1e-9, 1e-8], ["1e-9", "1e-8"]),
        ([2000.0, 4000.0], ["2000", "4000"]),
    ],
)
def test_labels_are_as_people_write_them(ticks: list[float], expected: list[str]):
    """Thousands have a unit, tiny numbers an exponent."""
    assert expected == tick_labels(ticks)


def test_auto_is_logarithmic_from_three_decades_of_positive_numbers_on():
    """A loss that falls from 900 to 1 is read on a linear axis, one that falls from 1000 on a logarithmic one."""
    kinds = [make_scale([values], 0, 1, kind="auto").log for values in ([1, 999], [1, 1000], [0, 1000], [-1, 1e6])]

    assert [False, True, False, False] == kinds


def test_zero_has_no_place_on_a_logarithmic_axis():
    """It becomes NaN, which breaks the curve."""
    scale = make_scale([[0.0, 1.0, 100.0]], 0, 100, kind="log")

    assert [True, False, False] == np.isnan(scale([0.0, 1.0, 100.0])).tolist()
    assert math.isclose(50, scale.at(10))

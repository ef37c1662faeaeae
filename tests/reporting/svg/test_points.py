from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trackexp.reporting.svg import Point, pareto, pareto_front, scatter

Parts = Callable[..., list[Any]]
PLACES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=25)
GOALS = st.tuples(st.sampled_from(["min", "max"]), st.sampled_from(["min", "max"]))


def beats(one: tuple[float, float], other: tuple[float, float], goals: tuple[str, str]) -> bool:
    """Return whether one point is as good in both and better in one."""
    turned = [[v if g == "max" else -v for v, g in zip(p, goals, strict=True)] for p in (one, other)]
    return all(a >= b for a, b in zip(*turned, strict=True)) and turned[0] != turned[1]


@given(PLACES, GOALS)
def test_the_front_is_what_no_point_beats(points: list[tuple[float, float]], goals: Any):
    """By the definition, one pair at a time."""
    expected = [i for i, p in enumerate(points) if not any(beats(other, p, goals) for other in points)]

    assert expected == pareto_front(points, goals)


def test_points_of_the_front_are_named_and_joined(parts: Parts):
    """The stairs run through nothing but the front."""
    points = [Point("fast", 1, 5), Point("good", 3, 1), Point("bad", 4, 6), Point("middle", 2, 3)]
    chart = pareto(points, goals=("min", "min"), title="t", x_label="latency_ms", y_label="val/loss")
    texts = [text.text for text in parts(chart, "text")]

    assert {"fast", "good", "middle"} <= set(texts)
    assert "bad" not in texts
    assert "latency_ms (lower is better)" in texts
    assert 1 == len(parts(chart, "path", "guide"))


def test_points_without_a_place_are_counted():
    """A run that lacks a metric is left out, and that is said."""
    chart = scatter([Point("a", 1, np.nan), Point("b", 1, 2)], title="t", x_label="x", y_label="y")

    assert "1 point: x across, y upwards. 1 point without a finite place left out." == chart.description


def test_many_points_are_one_path(parts: Parts):
    """A hundred thousand rows do not become a hundred thousand elements."""
    places = np.random.default_rng(0).normal(size=(20_000, 2))
    chart = scatter([Point("", x, y) for x, y in places.tolist()], title="t", x_label="x", y_label="y")

    assert [] == parts(chart, "circle")
    assert 1 == len(parts(chart, "path", "cloud"))
    assert len(chart.to_svg()) < 200_000


def test_no_points_are_no_mistake():
    """An empty comparison has an empty picture."""
    assert "0 points: x across, y upwards." == scatter([], title="t", x_label="x", y_label="y").description

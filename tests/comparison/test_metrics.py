from __future__ import annotations

import math
from typing import Any

import pytest

from trackexp.comparison import compare
from trackexp.comparison.metrics import Metric, area, reached, shared_range
from trackexp.record import History, RunRecord
from trackexp.testing import make_record


def test_best_last_and_area_are_measured_of_every_metric():
    """The area over the epochs that all runs share: a longer run is not better for its length."""
    runs = [
        make_record("a", metrics={"val/loss": [4.0, 2.0, 1.0, 1.0, 1.0], "val/accuracy": [0.1] * 5}),
        make_record("b", metrics={"val/loss": [5.0, 3.0, 3.5], "batch/loss": [9.0]}),
    ]
    measured = [entry.measured for entry in compare(runs, metric="val/loss").entries]

    assert (1.0, 1.0, 2.25) == tuple(measured[0]["val/loss"].value(what) for what in ("best", "last", "area"))
    assert (3.0, 3.5, 3.625) == tuple(measured[1]["val/loss"].value(what) for what in ("best", "last", "area"))
    assert [["val/loss", "val/accuracy"], ["val/loss"]] == [list(each) for each in measured]


@pytest.mark.parametrize(
    ("values", "between", "expected"),
    [
        ([1.0, 3.0], (0, 1), 2.0),
        ([1.0, 3.0, 5.0], (0.5, 1.5), 3.0),
        ([1.0, math.nan, 5.0], (0, 2), 3.0),
        ([1.0, 3.0], (0, 2), None),
        ([1.0], (0, 0), None),
        ([], (0, 1), None),
    ],
)
def test_an_area_is_the_mean_height_by_trapezoids(values: list[float], between: tuple[float, float], expected: Any):
    """NaN is passed over; a curve that does not span the epochs has none."""
    assert expected == area(make_record(metrics={"val/loss": values}), "val/loss", between)


def test_the_shared_range_is_that_of_all_curves():
    """None where they do not overlap, or nobody has two points."""
    long, short = make_record("a", metrics={"val/loss": [1, 2, 3, 4]}), make_record("b", metrics={"val/loss": [1, 2]})

    assert (0, 1) == shared_range([long, short, make_record("c")], "val/loss")
    assert shared_range([make_record("d", metrics={"val/loss": [1]})], "val/loss") is None


def test_a_direction_that_was_asked_for_finds_its_best():
    """With its epoch."""
    run = make_record(metrics={"latency": [5.0, 3.0, math.nan, 4.0]})
    best = reached(run, Metric("train/latency", "min"))

    assert best is not None
    assert (3.0, 1, "min", 4.0) == (best.value, best.epoch, best.direction, best.last)
    assert reached(run, Metric("train/nothing", "min")) is None


def test_a_number_of_the_summary_alone_is_measured():
    """A run that logged no history of it."""
    run = RunRecord("a", summary={"latency_ms": 12}, history=History())
    best = reached(run, Metric("latency_ms", "min"))

    assert 12 == (best and best.value)

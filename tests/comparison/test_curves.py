from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trackexp.comparison import compare
from trackexp.comparison.curves import curves
from trackexp.record import History, MetricDefinition, RunRecord
from trackexp.testing import make_record


def stepped(name: str, *rows: dict[str, float]) -> RunRecord:
    """Return a run from rows as W&B logs them."""
    return RunRecord(name, history=History.from_rows(list(rows)))


def test_runs_of_other_lengths_and_dialects_share_one_axis():
    """Epochs; NaN where a run has no value."""
    runs = [make_record("a", metrics={"val/loss": [3, 2, 1]}), make_record("b", metrics={"val_loss": [5.0]})]
    seen = curves(runs, "val/loss")

    assert ("epoch", [0, 1, 2]) == (seen.axis, seen.x.tolist())
    assert pytest.approx([5, np.nan, np.nan], nan_ok=True) == seen.y["b"].tolist()


@pytest.mark.parametrize(("named", "axis", "places"), [("batch/*", "batch/step", [0, 16]), ("val/*", "step", [4, 9])])
def test_a_metric_is_drawn_over_its_own_axis(named: str, axis: str, places: list[float]):
    """Where there is no epoch, what `define_metric` said of it by name or pattern; else W&B's step."""
    rows = [{"_step": 4, "batch/loss": 0.5, "batch/step": 0}, {"_step": 9, "batch/loss": 0.4, "batch/step": 16}]
    run = RunRecord(
        "a", history=History.from_rows(rows), metric_definitions={named: MetricDefinition(named, axis="batch/step")}
    )
    seen = curves([run], "batch/loss")

    assert (axis, places) == (seen.axis, seen.x.tolist())


def test_an_axis_that_one_run_lacks_is_the_axis_of_none():
    """Then all are drawn over W&B's step."""
    row = {"_step": 4, "batch/loss": 0.5}
    definitions = {"batch/loss": MetricDefinition("batch/loss", axis="batch/step")}
    has = RunRecord("a", history=History.from_rows([{**row, "batch/step": 7}]), metric_definitions=definitions)
    lacks = RunRecord("b", history=History.from_rows([row]), metric_definitions=definitions)

    assert ("batch/step", "step") == (curves([has], "batch/loss").axis, curves([has, lacks], "batch/loss").axis)


def test_a_run_that_does_not_say_its_epochs_brings_all_to_steps():
    """One axis for all of them."""
    runs = [
        stepped("a", {"_step": 10, "epoch": 0, "val/loss": 1.0}, {"_step": 20, "epoch": 1, "val/loss": 0.5}),
        stepped("b", {"_step": 20, "val/loss": 0.7}),
    ]
    seen = curves(runs, "val/loss")

    assert ("step", [10, 20]) == (seen.axis, seen.x.tolist())
    assert pytest.approx([np.nan, 0.7], nan_ok=True) == seen.y["b"].tolist()


def test_a_second_fit_counts_its_epochs_again_and_stands():
    """The last value at an epoch is the one of the model that was kept on training."""
    runs = [stepped("a", *({"_step": s, "epoch": e, "val/loss": v} for s, e, v in ((0, 0, 1), (1, 1, 2), (2, 0, 3))))]

    assert [3, 2] == curves(runs, "val/loss").y["a"].tolist()


def test_runs_without_the_metric_are_left_out():
    """And with nobody there is no axis."""
    runs = [make_record("a", metrics={"val/loss": [1.0]}), make_record("b")]

    assert ["a"] == list(curves(runs, "val/loss").y)
    assert 0 == curves(runs, "val/f1").x.size


def test_a_band_has_mean_range_and_students_interval():
    """Point by point, over the runs that have the point."""
    values = {"a": [1.0, 4.0, 7.0], "b": [2.0, 6.0], "c": [6.0, float("nan")]}
    runs = [make_record(name, metrics={"val/loss": v}, config={"seed": name}) for name, v in values.items()]
    (band,) = compare(runs).curves["val/loss"].bands
    low, high = stats.t.interval(0.95, 2, 3, stats.sem([1, 2, 6]))

    assert [3, 5, 7] == band.mean.tolist()
    assert ([1, 4, 7], [6, 6, 7]) == (band.low.tolist(), band.high.tolist())
    assert pytest.approx((low, high)) == (band.interval_low[0], band.interval_high[0])
    assert np.isnan(band.interval_low[2])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.floats(width=16) | st.none(), max_size=5), min_size=2, max_size=4))
def test_no_value_is_lost_and_none_is_made_up(histories: list[list[float | None]]):
    """Whatever was logged is at its epoch."""
    runs = [
        stepped(f"r{i}", *({"_step": e, "epoch": e, **({} if v is None else {"val/loss": v})} for e, v in enumerate(h)))
        for i, h in enumerate(histories)
    ]
    seen = curves(runs, "val/loss")
    for i, history in enumerate(histories):
        told = {e: v for e, v in enumerate(history) if v is not None}

        assert bool(told) == (f"r{i}" in seen.y)
        for epoch, value in told.items():
            assert pytest.approx(value, nan_ok=True) == seen.y[f"r{i}"][seen.x.searchsorted(epoch)]

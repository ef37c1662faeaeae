from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.record import History, RunRecord, best_value, direction_in, epochs_of, metric_names
from trackexp.testing import make_record


def rows(*values: dict[str, Any]) -> RunRecord:
    """Return a record with these rows of history."""
    return RunRecord("aaa", history=History.from_rows(list(values)))


@pytest.mark.parametrize(
    ("name", "asked"),
    [("val/loss", "val/loss"), ("val_loss", "val/loss"), ("epoch/val_loss", "val_loss"), ("val/loss", "val_loss")],
)
def test_a_metric_is_found_by_any_of_its_names(name: str, asked: str):
    """The key under which it was logged is kept."""
    best = best_value(make_record(metrics={name: [0.5, 0.2, 0.3]}), asked)

    assert best is not None
    assert (name, 0.2, 1, 0.3) == (best.key, best.value, best.epoch, best.last)


@given(values=st.lists(st.floats(), min_size=1))
def test_the_best_is_the_best_finite_value(values: list[float]):
    """NaN and infinities never win; where there is nothing else, there is no best."""
    best = best_value(make_record(metrics={"val/loss": values}), "val/loss")
    finite = [value for value in values if math.isfinite(value)]

    assert best is not None
    if finite:
        assert (min(finite), values.index(min(finite))) == (best.value, best.epoch)
    else:
        assert (True, None) == (math.isnan(best.value), best.epoch)


@pytest.mark.parametrize(
    ("record", "metric", "direction"),
    [
        (make_record(), "val/loss", "min"),
        (make_record(), "val/accuracy", "max"),
        (make_record(), "my/number", None),
        (make_record(summary={"my/number": {"max": 3}}), "my/number", "max"),
        (make_record(summary={"my/number": {"min": 1, "max": 3}}), "my/number", None),
        (make_record(summary={"odd/loss": {"max": 3}}), "odd/loss", "max"),
        (make_record(facts={"compile": {"metrics": [{"name": "gain", "direction": "max"}]}}), "val/gain", "max"),
    ],
)
def test_the_run_itself_says_which_way_is_better(record: RunRecord, metric: str, direction: str | None):
    """Its own definition outranks the name, and the name outranks what Keras knows."""
    assert direction == direction_in(record, metric)


def test_the_epoch_is_read_from_the_axis_at_the_same_step():
    """Not counted: a run may log in between, or begin at another epoch."""
    record = rows(
        {"_step": 0, "epoch": 5, "val/loss": 0.5},
        {"_step": 1, "batch/loss": 0.7},
        {"_step": 4, "epoch": 6, "val/loss": 0.2},
    )
    best = best_value(record, "val/loss")

    assert (6, 2) == (best and best.epoch, epochs_of(record))


def test_without_an_axis_the_summary_knows_the_epoch():
    """As trackexp writes it."""
    history = History.from_rows([{"val/loss": 0.5}, {"val/loss": 0.2}])
    record = RunRecord("aaa", summary={"best_epoch": {"val/loss": 7}}, history=history)
    best = best_value(record, "val/loss")

    assert (7, None) == (best and best.epoch, epochs_of(record))


@pytest.mark.parametrize(
    ("summary", "value"),
    [({"val/loss": {"min": 0.2}}, 0.2), ({"val_loss": 0.3}, 0.3), ({"val/loss": "no"}, None), ({}, None)],
)
def test_a_record_without_history_has_what_its_summary_keeps(summary: dict[str, Any], value: float | None):
    """A listing reads no history."""
    best = best_value(RunRecord("aaa", summary=summary), "val/loss")

    assert value == (best and best.value)


def test_the_names_are_ours_and_the_axis_is_none_of_them():
    """W&B's own columns are left out, and two dialects of one metric are one."""
    record = rows({"_runtime": 1.0, "epoch": 0, "val_loss": 1.0, "val/loss": 1.0, "epoch/accuracy": 0.5})

    assert ["val/loss", "train/accuracy"] == list(metric_names(record))

from __future__ import annotations

import math
from typing import Any

import pytest

from trackexp.record import History, RunRecord
from trackexp.record.best import best_value, direction_in, epochs_of, metric_names


def run_of(*rows: dict[str, float], **fields: Any) -> RunRecord:
    """Return a run with these rows of history."""
    return RunRecord("x", history=History.from_rows(list(rows)), **fields)


@pytest.mark.parametrize("key", ["val_loss", "val/loss", "epoch/val_loss"])
def test_the_lowest_loss_is_the_best_in_every_dialect(key: str) -> None:
    """Value, epoch and last value; NaN and infinities never win."""
    values = [0.5, math.nan, 0.2, -math.inf, 0.3]
    run = run_of(*({"epoch": epoch, key: value} for epoch, value in enumerate(values)))
    best = best_value(run, "val_loss")

    assert best is not None
    assert (key, "min", 0.2, 2, 0.3) == (best.key, best.direction, best.value, best.epoch, best.last)


def test_the_highest_accuracy_is_the_best() -> None:
    """A score rises; of equal ones the first counts."""
    best = best_value(run_of({"accuracy": 0.5}, {"accuracy": 0.9}, {"accuracy": 0.9}, {"accuracy": 0.1}), "accuracy")

    assert best is not None
    assert (0.9, None, 0.1) == (best.value, best.epoch, best.last)


def test_a_metric_without_direction_has_its_last_value() -> None:
    """Nothing says whether more of it is better."""
    best = best_value(run_of({"my/own": 3.0}, {"my/own": 1.0}, {"my/own": 2.0}), "my/own")

    assert best is not None
    assert (None, 2.0) == (best.direction, best.value)


def test_a_metric_that_is_never_finite_has_no_best_value() -> None:
    """NaN says so, and the last value is kept."""
    best = best_value(run_of({"loss": math.nan}, {"loss": math.inf}), "loss")

    assert best is not None
    assert (True, math.inf) == (math.isnan(best.value), best.last)


def test_the_summary_speaks_where_there_is_no_history() -> None:
    """What W&B keeps as the best, with the epoch that was noted; a metric that nobody logged is None."""
    summary = {"val/loss": {"min": 0.2, "last": 0.4}, "best_epoch": {"val/loss": 3.0}}
    best = best_value(RunRecord("x", summary=summary), "val_loss")

    assert best is not None
    assert (0.2, 3, 0.4) == (best.value, best.epoch, best.last)
    assert best_value(RunRecord("x", summary=summary), "val/accuracy") is None


@pytest.mark.parametrize("epoch", [math.nan, math.inf, "3", None])
def test_an_epoch_that_is_no_number_is_unknown(epoch: object) -> None:
    """It is not guessed and does not raise."""
    best = best_value(RunRecord("x", summary={"loss": {"min": 0.2}, "best_epoch": {"train/loss": epoch}}), "loss")

    assert best is not None
    assert best.epoch is None


@pytest.mark.parametrize(
    ("fields", "metric", "direction"),
    [
        ({"summary": {"my/own": {"max": 1}}}, "my/own", "max"),
        ({"summary": {"val_loss": {"max": 1}}}, "val/loss", "max"),  # the run's own word beats the name
        ({"summary": {"val/loss": {"min": 1, "max": 2}}}, "val/loss", "min"),
        ({"config": {"trackexp": {"schema": 1, "compile": {"metrics": [{"name": "own", "direction": "max"}]}}}},
         "val/own", "max"),
        ({}, "my/own", None),
    ],
)  # fmt: skip
def test_the_direction_is_the_runs_own_then_the_names_then_keras(
    fields: dict[str, Any], metric: str, direction: str | None
) -> None:
    """The first of the three that knows."""
    assert direction == direction_in(RunRecord("x", **fields), metric)


def test_names_and_epochs_of_a_run() -> None:
    """Names once each in our form; epochs are counted once, also where batches repeat them."""
    run = run_of({"epoch": 0, "loss": 1.0}, {"epoch": 0, "val_loss": 2.0}, {"epoch": 1, "epoch/loss": 1.0})

    assert (["train/loss", "val/loss"], 2) == (list(metric_names(run)), epochs_of(run))
    assert epochs_of(run_of({"loss": 1.0})) is None

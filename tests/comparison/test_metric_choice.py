from __future__ import annotations

import pytest

from trackexp.comparison import compare
from trackexp.errors import UsageError
from trackexp.testing import make_record


def metric_of(*metrics: dict[str, list[float]], monitor: str | None = None) -> str:
    """Return the metric that is chosen unasked."""
    summary = {"best": {"metric": monitor}} if monitor else None
    runs = [make_record(f"run{i}", metrics=each, summary=summary) for i, each in enumerate(metrics)]
    return compare(runs).metric


@pytest.mark.parametrize(
    ("names", "monitor", "expected"),
    [
        (["train/loss", "val/loss", "val/accuracy"], None, "val/loss"),
        (["train/loss", "val/loss", "val/accuracy"], "val/accuracy", "val/accuracy"),
        (["train/loss", "val/accuracy"], "val/loss", "val/accuracy"),
        (["train/accuracy", "train/loss"], None, "train/loss"),
        (["loss", "val_loss"], None, "val/loss"),
        (["epoch/val_loss", "epoch/loss"], None, "val/loss"),
        (["score"], None, "train/score"),
    ],
)
def test_unasked_the_runs_are_judged_as_they_judged_themselves(names: list[str], monitor: str | None, expected: str):
    """By their monitor, else a validation loss, else the next best."""
    metrics = {name: [0.5, 0.4] for name in names}

    assert expected == metric_of(metrics, metrics, monitor=monitor)


def test_a_run_that_logged_nothing_has_no_say():
    """It is set apart, and the others are compared."""
    assert "val/loss" == metric_of({"val/loss": [0.1]}, {"val/loss": [0.2]}, {})


def test_runs_without_a_common_metric_are_refused_with_what_they_have():
    """The message lists the metrics by run."""
    runs = [make_record("a", metrics={"val/loss": [0.1]}), make_record("b", metrics={"val/accuracy": [0.9]})]

    with pytest.raises(UsageError, match=r"no metric in common.*a: val/loss; b: val/accuracy"):
        compare(runs)


def test_a_metric_that_none_has_is_refused_with_the_nearest():
    """And with all that there are."""
    runs = [make_record(run, metrics={"val/loss": [0.1], "val/accuracy": [0.5]}) for run in "ab"]

    with pytest.raises(UsageError, match=r"'val_los'.*did you mean 'val/loss'.*they have val/accuracy, val/loss"):
        compare(runs, metric="val_los")


def test_a_metric_without_a_better_direction_is_refused():
    """Guessing would believe the wrong run half of the time."""
    runs = [make_record(run, metrics={"my/number": [0.1], "val/loss": [0.5]}) for run in "ab"]

    with pytest.raises(
        UsageError,
        match=r"whether lower or higher is better.*write my/number:min or my/number:max, or take one of val/loss",
    ):
        compare(runs, metric="my/number")


def test_a_direction_that_the_run_defined_is_heeded():
    """W&B's summary of minimum or maximum is a definition."""
    runs = [
        make_record(run, metrics={"my/number": [value]}, summary={"my/number": {"max": value}})
        for run, value in (("a", 0.1), ("b", 0.2))
    ]
    best = compare(runs, metric="my/number").best

    assert best is runs[1]


@pytest.mark.parametrize("asked", ["gain:max", "train/gain:max", "epoch/gain:max"])
def test_a_metric_of_the_users_own_is_compared_under_the_name_that_it_has(asked: str):
    """Also by the spelling that says whose it is, which the run left open."""
    comparison = compare(
        [make_record(run, metrics={"gain": [value]}) for run, value in (("a", 1.0), ("b", 2.0))], metric=asked
    )

    assert ("gain", "b") == (comparison.metric, comparison.best and comparison.best.id)

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "lr-too-high"


def losses(first: float, last: float) -> dict[str, list[float]]:
    """Ten epochs from one loss to another."""
    return {"train/loss": [first] + [last] * 9}


def test_it_fires_on_a_loss_that_is_no_number(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The epoch is named."""
    assert ("error: adam with learning rate 0.1: the loss is nan in epoch 1, and the data are finite") == message_of(
        NAME, fit_of(optimizer={"learning_rate": 0.1}), metrics=losses(5.0, math.nan)
    )


def test_it_fires_on_a_training_that_was_thrown_off(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """First and last loss are named, and what a constant has."""
    facts = fit_of(optimizer={"learning_rate": 0.5}, target={"std": 1.0, "mean": 0.0})

    assert (
        "error: adam with learning rate 0.5: the loss is 40 in the first epoch and 1.01 in the last, a constant has 1"
    ) == message_of(NAME, facts, metrics=losses(40.0, 1.01))


@pytest.mark.parametrize(
    ("rate", "target", "metrics"),
    [
        (0.0009, {"std": 1.0}, losses(1.0, math.nan)),
        (0.1, {"std": 1.0, "nan_share": 0.1}, losses(1.0, math.nan)),
        (0.1, {"std": 1.0}, losses(2.9, 1.01)),
        (0.1, {"std": 1.0}, losses(40.0, 0.97)),
        (0.1, {"std": 1.0, "mean": 9.0}, losses(80.0, 1.01)),
        (0.1, {"std": 1.0}, {"train/loss": [40.0, 1.01]}),
        (0.1, {"std": 0.0, "mean": 0.0}, losses(0.01, 0.002)),
    ],
    ids=["small rate", "NaN in the data", "not thrown", "came back", "far targets", "not complete", "constant targets"],
)
def test_it_is_silent_elsewhere(
    fit_of: Callable[..., Any], judge: Callable[..., Any], rate: float, target: Any, metrics: Any
):
    """The number alone is no evidence, nor the curve alone."""
    facts = fit_of(optimizer={"learning_rate": rate}, target=target)

    assert Status.PASSED == judge(NAME, facts, metrics=metrics).status


def test_a_rare_class_is_no_reason_to_call_a_fresh_model_thrown_off(
    fit_of: Callable[..., Any], judge: Callable[..., Any]
):
    """It gives both classes one half, which costs five times what the best constant does."""
    target = {"class_counts": {"0": 970, "1": 30}, "zero_one": True}
    facts = fit_of(loss="binary_crossentropy", activation="sigmoid", target=target)

    assert Status.PASSED == judge(NAME, facts, metrics=losses(0.69, 0.14)).status
    assert Status.FINDING == judge(NAME, facts, metrics=losses(2.09, 0.14)).status


def test_it_does_not_apply_before_the_first_epoch(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Without a curve it cannot tell."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(optimizer={"learning_rate": 0.5})).status


@pytest.mark.parametrize(
    ("rate", "status"), [(0.005, Status.NOT_APPLICABLE), (0.05, Status.FINDING)], ids=["a usual rate", "a high one"]
)
def test_a_scale_that_explains_it_at_a_usual_rate_comes_first(
    fit_of: Callable[..., Any], judge: Callable[..., Any], rate: float, status: Status
):
    """From ten times the default on both are named together."""
    layers = [{"name": "x", "layer": "InputLayer"}, {"name": "d", "layer": "Dense", "inputs": ["x"]}]
    inputs = [{"shape": [600, 4], "sampled_rows": 600, "absolute_percentile_99": 9000.0}]
    facts = fit_of(layers=layers, inputs=inputs, optimizer={"learning_rate": rate}, target={"std": 1.0})
    outcome = judge(NAME, facts, metrics=losses(1.0, float("nan")))

    assert status == outcome.status
    assert "the 99th percentile of the inputs' absolute values is 9000" in (
        outcome.findings[0].fix if outcome.findings else outcome.reason
    )

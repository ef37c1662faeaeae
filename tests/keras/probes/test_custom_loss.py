from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from trackexp.keras.probes.custom_loss import loss_traits, made_up

RNG = np.random.default_rng(7)  # not that of the made-up outputs
NUMBERS, BITS = RNG.normal(size=64).astype("float32"), RNG.integers(0, 2, 64).astype("float32")


class Crossing(keras.losses.Loss):
    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.square(ops.reshape(y_true, (-1,)) - y_pred))


def moments(y_true: Any, y_pred: Any) -> Any:
    """Compare distributions: cross terms by right."""
    return ops.square(ops.mean(y_true) - ops.mean(y_pred)) + ops.square(ops.std(y_true) - ops.std(y_pred))


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (lambda true, pred: ops.mean(ops.square(true - pred)), set()),
        (lambda true, pred: ops.square(true - pred), set()),
        (lambda true, pred: ops.sum(ops.abs(true - pred)), {"sums_rows"}),
        (Crossing(), {"crosses_rows"}),
        (moments, set()),
        (lambda true, pred: -ops.mean(true * pred), set()),
        (lambda true, pred: ops.mean(ops.square(pred)), set()),
    ],
    ids=["mean", "vector", "sum", "crossing", "moments", "critic", "ignores targets"],
)
def test_traits_of_losses_of_numbers(loss: Callable[[Any, Any], Any], expected: set[str]) -> None:
    """A sum and a table of differences are told from everything that is meant."""
    traits = loss_traits(loss, NUMBERS, made_up((None, 1), 64, "linear"), "linear")

    assert expected == {name for name, holds in traits.items() if holds}


@pytest.mark.parametrize(("floor", "overflows"), [(0.0, True), (1e-7, False)])
def test_a_logarithm_without_a_floor_overflows(floor: float, overflows: bool) -> None:
    """For probabilities of 0 and 1, and for no others."""

    def loss(true: Any, pred: Any) -> Any:
        pred = ops.clip(pred, floor, 1 - floor)
        return -ops.mean(true * ops.log(pred) + (1 - true) * ops.log(1 - pred))

    assert overflows == loss_traits(loss, BITS, made_up((None, 1), 64, "sigmoid"), "sigmoid")["overflows"]


@pytest.mark.parametrize("y_true", [np.ones(64, "float32"), NUMBERS[:3]], ids=["one value", "three rows"])
def test_too_little_to_tell_gives_nothing(y_true: Any) -> None:
    """Targets that are all alike, or fewer than five."""
    assert {} == loss_traits(lambda t, p: ops.mean(t - p), y_true, made_up((None, 1), len(y_true), None), None)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras.optimizers import SGD, Adam, LossScaleOptimizer
from keras.optimizers.schedules import ExponentialDecay, PiecewiseConstantDecay


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (lambda: SGD(0.5), [0.5, 0.5]),
        (lambda: Adam(0.25), [0.25, 0.25]),
        (lambda: SGD(PiecewiseConstantDecay([10], [0.5, 0.125])), [0.5, 0.125]),  # 8 updates an epoch
        (lambda: SGD(ExponentialDecay(0.5, 8, 0.5)), [0.25, 0.125]),
        (lambda: LossScaleOptimizer(SGD(0.5)), [0.5, 0.5]),
        (lambda: LossScaleOptimizer(SGD(ExponentialDecay(0.5, 8, 0.5))), [0.25, 0.125]),
    ],
    ids=["number", "adam", "steps", "decay", "wrapped", "wrapped decay"],
)
def test_the_rate_is_logged_whatever_carries_it(
    fitted: Any, model: Any, optimizer: Callable[[], Any], expected: list[float]
) -> None:
    """A number, a schedule and a wrapped optimizer give the rate at the end of each epoch."""
    record = fitted(model(optimizer=optimizer()))

    assert pytest.approx(expected, rel=1e-6) == record.history["train/learning_rate"].values.tolist()


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        (lambda: keras.callbacks.LearningRateScheduler(lambda epoch: 0.5 / (epoch + 1)), [0.5, 0.25]),
        (lambda: keras.callbacks.ReduceLROnPlateau("loss", 0.1, patience=0, min_delta=100, cooldown=0), [0.5, 0.5]),
    ],
    ids=["scheduler", "plateau"],
)
def test_the_rate_is_that_of_the_epoch(fitted: Any, model: Any, callback: Any, expected: list[float]) -> None:
    """A callback that changes the rate at an epoch's end changes that of the next epoch."""
    record = fitted(model(optimizer=SGD(0.5)), callbacks=[callback()])
    rates = record.history["train/learning_rate"].values.tolist()

    assert pytest.approx(expected[0]) == rates[0]
    assert 2 == len(rates)

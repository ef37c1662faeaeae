from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "accuracy-on-regression"
REAL = {"minimum": -2.5, "maximum": 3.0, "distinct": 213}
ACCURACY = [{"name": "accuracy", "identifier": "binary_accuracy"}]


def test_it_names_metric_and_targets(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The message says how many numbers the targets are."""
    assert (
        "warning: metric 'accuracy' counts equal values, and the targets are 213 different numbers from -2.5 to 3 "
        "under loss=mean_squared_error"
    ) == message_of(NAME, fit_of(target=REAL, metrics=ACCURACY))


@pytest.mark.parametrize(
    "change",
    [
        {"target": REAL},
        {"target": {**REAL, "distinct": 20}, "metrics": ACCURACY},
        {"target": {"minimum": 0.0, "maximum": 1.0, "distinct": 2, "zero_one": True}, "metrics": ACCURACY},
        {"target": {"minimum": 0.0, "maximum": 1.0, "distinct": 400}, "metrics": ACCURACY, "activation": "sigmoid"},
        {"target": REAL, "metrics": ACCURACY, "custom": True},
        {"target": REAL, "metrics": [{"name": "mae", "identifier": "mean_absolute_error"}]},
        {"target": REAL, "metrics": ACCURACY, "loss": "binary_crossentropy"},
    ],
    ids=["no metric", "may be classes", "0/1", "probabilities", "custom", "mae", "bce"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Classes may be counted."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


def test_it_does_not_apply_to_unseen_targets(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Without a range it cannot tell."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(metrics=ACCURACY)).status

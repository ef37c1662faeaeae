from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "binary-metric-on-multiclass"
ONE_HOT = {"zero_one": True, "row_sums_one": 1.0}
BINARY = [{"name": "binary_accuracy", "identifier": "binary_accuracy"}]


@pytest.mark.parametrize(
    ("loss", "target"),
    [("categorical_crossentropy", ONE_HOT), ("sparse_categorical_crossentropy", {"shape": [600], "maximum": 3.0})],
)
def test_it_fires_on_exclusive_classes(
    fit_of: Callable[..., Any], message_of: Callable[..., str], loss: str, target: Any
):
    """The message names the metric and counts the classes."""
    facts = fit_of(loss=loss, activation="softmax", units=4, target=target, metrics=BINARY)

    assert (
        "warning: metric 'binary_accuracy' is a binary accuracy, and the 4 classes exclude each other"
    ) == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"target": {**ONE_HOT, "row_sums_one": 0.9}},
        {"metrics": [{"name": "accuracy", "identifier": "categorical_accuracy"}]},
        {"units": 2},
    ],
    ids=["multi-label", "categorical", "two classes"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Where each unit is a question of its own the metric is right."""
    assert Status.PASSED == judge(NAME, fit_of(**{"units": 4, "target": ONE_HOT, "metrics": BINARY, **change})).status


def test_it_does_not_apply_to_few_rows(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """31 rows are no evidence."""
    facts = fit_of(units=4, target={**ONE_HOT, "sampled_rows": 31}, metrics=BINARY)

    assert Status.NOT_APPLICABLE == judge(NAME, facts).status

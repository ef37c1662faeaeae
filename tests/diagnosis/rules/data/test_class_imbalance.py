from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "class-imbalance"
RARE = {"class_counts": {"0": 570, "1": 30}}
ACCURACY = [{"name": "accuracy", "identifier": "binary_accuracy"}]
SEEN = "one class has 95.0% of 600 target rows, without weights and with accuracy alone"


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        (None, f"info: {SEEN}"),
        ({"train/loss": [0.1] * 10, "val/accuracy": [0.98] * 10}, f"info: {SEEN}"),
        ({"train/loss": [0.1] * 10, "val/accuracy": [0.961] * 10}, f"info: {SEEN}"),
        ({"train/loss": [0.1] * 10, "val/accuracy": [0.95] * 10}, f"warning: {SEEN}; the last accuracy is 95.0%"),
    ],
    ids=["before epoch 1", "learnt well", "just above the majority's share", "the majority's share"],
)
def test_the_training_decides(fit_of: Callable[..., Any], message_of: Callable[..., str], metrics: Any, told: str):
    """Counts alone are a remark; an accuracy at the majority's share is a warning."""
    assert told == message_of(NAME, fit_of(loss="binary_crossentropy", target=RARE, metrics=ACCURACY), metrics=metrics)


@pytest.mark.parametrize(
    "change",
    [
        {"target": {"class_counts": {"0": 538, "1": 62}}},
        {"target": {"class_counts": {"0": 189, "1": 10}}},
        {"metrics": [*ACCURACY, {"name": "auc", "identifier": "auc"}]},
        {"fit": {"class_weight": {"1": 9.0}}},
        {"fit": {"sample_weight": True}},
        {"loss": "binary_focal_crossentropy"},
        {"target": {"class_counts": {str(i): 60 for i in range(20)}}},
    ],
    ids=["just balanced", "199 rows", "AUC watched", "class weights", "sample weights", "focal", "twenty classes"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Who weights, or watches another metric, knows."""
    facts = fit_of(**{"loss": "binary_crossentropy", "target": RARE, "metrics": ACCURACY, **change})

    assert Status.PASSED == judge(NAME, facts).status


def test_it_does_not_apply_without_counts(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Multi-label rows have no classes to count."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(loss="binary_crossentropy", metrics=ACCURACY)).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "monitor-missing"
METRICS = [{"name": "accuracy", "identifier": "binary_accuracy", "custom": False}]


def watching(monitor: str, validation: str = "arrays", *others: str) -> dict[str, Any]:
    """An EarlyStopping, and other callbacks."""
    callbacks = [{"callback": "EarlyStopping", "config": {"monitor": monitor}}]
    return {
        "callbacks": [*callbacks, *({"callback": other, "config": {}} for other in others)],
        "validation": validation,
    }


@pytest.mark.parametrize(
    ("fit", "seen"),
    [
        (watching("val_loss", "none"), "'val_loss', and there is no validation data"),
        (
            watching("val_acc"),
            "'val_acc', and the logs will hold accuracy, learning_rate, loss, val_accuracy, val_loss",
        ),
    ],
)
def test_it_names_the_monitor(fit_of: Callable[..., Any], message_of: Callable[..., str], fit: Any, seen: str):
    """And what there is."""
    assert f"warning: EarlyStopping watches {seen}" == message_of(NAME, fit_of(fit=fit, metrics=METRICS))


@pytest.mark.parametrize(
    "change",
    [
        {"fit": watching("val_accuracy")},
        {"fit": watching("loss", "none")},
        {"fit": watching("val_f1", "arrays", "MyMetrics")},
        {"fit": watching("val_f1"), "metrics": [{"name": "f", "custom": True}]},
        {"fit": watching("my_metric"), "model": {"overrides": ["train_step"]}},
    ],
    ids=["there", "of the training", "a callback adds it", "a custom metric", "a custom step"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """What may yet come passes."""
    assert Status.PASSED == judge(NAME, fit_of(**{"metrics": METRICS, **change})).status


def test_it_does_not_apply_without_callbacks(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Nothing watches."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

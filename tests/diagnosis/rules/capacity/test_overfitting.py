from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "overfitting"
FALLING = [1.0 - 0.05 * i for i in range(10)]
PARTED = [1.0, 0.8, 0.7, 0.6, 0.6, 0.7, 0.7, 0.8, 0.9, 0.9]
SEEN = (
    "the validation loss was lowest in epoch 3 (0.6) and is 0.9 now, 6 epochs later, "
    "while the training loss fell to 0.55"
)


def test_it_names_the_best_epoch(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """And how far the curves have parted; without facts it is a remark."""
    metrics = {"train/loss": FALLING, "val/loss": PARTED}

    assert f"warning: {SEEN}" == message_of(NAME, fit_of(target={"std": 1.0}), metrics=metrics)
    assert f"info: {SEEN}" == message_of(NAME, None, metrics=metrics)


@pytest.mark.parametrize(
    ("valid", "change"),
    [
        ([1.0, 0.9, 0.8, 0.8, 0.7, 0.7, 0.7, 0.8, 0.8, 0.8], {}),
        ([1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.6, 0.7, 0.8, 0.9], {}),
        (PARTED, {"target": {"std": 3.0}}),
        (PARTED, {"fit": {"callbacks": [{"callback": "EarlyStopping", "config": {"restore_best_weights": True}}]}}),
        (PARTED, {"data": {"validation_inputs": [{"shape": [29, 8]}]}}),
    ],
    ids=["just below", "a young best epoch", "a small rise", "restored", "few rows"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], valid: Any, change: Any):
    """Noise, and what is restored, pass."""
    assert Status.PASSED == judge(NAME, fit_of(**change), metrics={"train/loss": FALLING, "val/loss": valid}).status


def test_it_does_not_apply_without_validation(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """One curve cannot part."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(), metrics={"train/loss": FALLING}).status

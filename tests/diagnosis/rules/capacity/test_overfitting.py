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


def test_a_loss_that_rises_on_training_rows_too_is_none(probed: Callable[..., Any], judge: Callable[..., Any]):
    """In inference mode: then the gap is not between training and validation rows."""
    curves = {"train/loss": [1.0 - 0.09 * n for n in range(10)], "val/loss": [0.5, *(0.6 + 0.1 * n for n in range(9))]}
    alike = judge(NAME, probed(scalars={"loss": [0.5, 0.9, 1.4]}), metrics=curves)
    apart = judge(NAME, probed(scalars={"loss": [0.5, 0.3, 0.19]}), metrics=curves)

    assert (Status.NOT_APPLICABLE, Status.FINDING) == (alike.status, apart.status)
    assert "in inference mode (1.4): that is not overfitting" in alike.reason


def test_what_was_not_ruled_out_is_named(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """A stream of validation rows was not compared with the training rows."""
    curves = {"train/loss": [1.0 - 0.09 * n for n in range(10)], "val/loss": [0.5, *(0.6 + 0.1 * n for n in range(9))]}
    said = message_of(NAME, fit_of(fit={"validation": "stream"}), metrics=curves)

    assert said.endswith("; not ruled out: other preprocessing or classes in the validation rows, which were not seen")

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "cce-on-single-unit"


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_it_fires_on_one_unit(fit_of: Callable[..., Any], message_of: Callable[..., str], loss: str):
    """One class has probability 1, and the message names the loss."""
    expected = f"error: loss={loss} over an output of 1 unit: the one class always has probability 1"

    assert expected == message_of(NAME, fit_of(loss=loss, activation="softmax"))


@pytest.mark.parametrize(
    "change",
    [
        {"loss": "categorical_crossentropy", "units": 2},
        {"loss": "binary_crossentropy"},
        {"loss": "categorical_crossentropy", "custom": True},
        {"loss": "categorical_crossentropy", "config": {"axis": 1}},
    ],
    ids=["two units", "binary", "custom", "another axis"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Two units, or another loss, are no fault."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


@pytest.mark.parametrize(
    "change", [{"output": {"units": None, "shape": None}}, {"model": {"overrides": ["train_step"]}}]
)
def test_it_does_not_apply_unseen(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Without the number of units, or with a step of the user's own, it cannot tell."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(loss="categorical_crossentropy", **change)).status

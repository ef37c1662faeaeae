from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "bce-on-regression"
REAL = {"integral": False, "minimum": -2.31, "maximum": 2.5}


def test_it_names_the_range(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The message says where the targets lie."""
    assert (
        "error: loss=binary_crossentropy on real targets from -2.31 to 2.5: it is a loss of probabilities"
    ) == message_of(NAME, fit_of(loss="binary_crossentropy", target=REAL))


@pytest.mark.parametrize(
    "change",
    [
        {"target": {**REAL, "minimum": 0.0, "maximum": 1.0}},
        {"target": {**REAL, "minimum": -0.001, "maximum": 1.001}},
        {"target": {**REAL, "integral": True}},
        {"target": REAL, "custom": True},
        {"target": REAL, "loss": "mean_squared_error"},
    ],
    ids=["pixels", "rounding", "labels-out-of-range", "custom", "the right loss"],
)
def test_it_is_silent_on_probabilities(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Soft targets are what the loss is made for."""
    assert Status.PASSED == judge(NAME, fit_of(**{"loss": "binary_crossentropy", **change})).status


def test_it_does_not_apply_to_unseen_targets(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Without a range it cannot tell."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(loss="binary_crossentropy")).status

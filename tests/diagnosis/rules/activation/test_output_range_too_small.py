from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "output-range-too-small"
REAL = {"percentile_1": -2.0, "percentile_99": 2.0}


@pytest.mark.parametrize(
    ("activation", "reach"),
    [("sigmoid", "0 to 1"), ("tanh", "-1 to 1"), ("relu", "at least 0"), ("softmax", "0 to 1")],
)
def test_it_fires_on_targets_outside(
    fit_of: Callable[..., Any], message_of: Callable[..., str], activation: str, reach: str
):
    """Activation, range and targets are named."""
    assert (
        f"error: the output ends in a {activation} ({reach}), and 98 % of the targets lie between -2 and 2"
    ) == message_of(NAME, fit_of(activation=activation, target=REAL))


@pytest.mark.parametrize(
    ("activation", "target", "change"),
    [
        ("linear", REAL, {}),
        ("tanh", {"percentile_1": -1.0, "percentile_99": 1.0}, {}),
        ("tanh", {"percentile_1": -1.1, "percentile_99": 1.1}, {}),
        ("relu", {"percentile_1": 0.0, "percentile_99": 90.0}, {}),
        ("sigmoid", REAL, {"output": {"scales": [[4.0, -2.0]]}}),
        ("sigmoid", REAL, {"custom": True}),
        ("sigmoid", REAL, {"loss": "binary_crossentropy"}),
    ],
    ids=["linear", "in range", "just outside", "non-negative", "rescaled", "custom", "bce-on-regression"],
)
def test_it_is_silent_within_reach(
    fit_of: Callable[..., Any], judge: Callable[..., Any], activation: str, target: Any, change: Any
):
    """Targets that can be met pass."""
    assert Status.PASSED == judge(NAME, fit_of(activation=activation, target=target, **change)).status


@pytest.mark.parametrize(
    ("activation", "target"), [(None, REAL), ("sigmoid", {}), ("sigmoid", {**REAL, "sampled_rows": 31})]
)
def test_it_does_not_apply_unseen(fit_of: Callable[..., Any], judge: Callable[..., Any], activation: Any, target: Any):
    """An unknown end, unseen targets or too few of them tell nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(activation=activation, target=target)).status

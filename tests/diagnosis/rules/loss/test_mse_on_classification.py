from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "mse-on-classification"
BINARY = {"zero_one": True, "distinct": 2}
ONE_HOT = {"zero_one": True, "distinct": 2, "row_sums_one": 1.0}


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"activation": "sigmoid", "target": BINARY}, "mean_squared_error on two classes over a sigmoid"),
        (
            {"activation": "softmax", "units": 4, "target": ONE_HOT},
            "mean_squared_error on 4 exclusive classes over a softmax",
        ),
        (
            {"loss": "mean_absolute_error", "activation": "softmax", "units": 4, "target": ONE_HOT},
            "mean_absolute_error on 4 exclusive classes over a softmax",
        ),
    ],
)
def test_it_fires_on_classes(fit_of: Callable[..., Any], message_of: Callable[..., str], change: Any, seen: str):
    """Loss, classes and activation are named."""
    assert f"warning: loss={seen}" == message_of(NAME, fit_of(**change))


@pytest.mark.parametrize(
    "change",
    [
        {"activation": "sigmoid", "target": {"zero_one": False, "distinct": 90}},
        {"activation": "linear", "target": BINARY},
        {"activation": "sigmoid", "units": 4, "target": {**ONE_HOT, "row_sums_one": 0.3}},
        {"activation": "sigmoid", "units": 8, "target": {**ONE_HOT, "hash": "a"}, "inputs": [{"hash": "a"}]},
        {"activation": "sigmoid", "units": 8, "target": ONE_HOT},
        {"activation": "sigmoid", "target": BINARY, "custom": True},
        {"activation": "sigmoid", "target": {"zero_one": True, "distinct": 1}},
        {"activation": "sigmoid", "target": BINARY, "loss": "mean_absolute_error"},
    ],
    ids=["probabilities", "LSGAN", "multi-hot", "autoencoder", "denoising", "custom", "constant", "abs-loss-on-binary"],
)
def test_it_is_silent_on_other_programs(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """What resembles the fault and is none passes."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


@pytest.mark.parametrize(
    "change", [{"activation": None}, {"activation": "sigmoid", "target": {**BINARY, "sampled_rows": 31}}]
)
def test_it_does_not_apply_unseen(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """An unknown end, or too few rows, are no evidence."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(**change)).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "softmax-on-regression"


def test_it_counts_the_rows(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The message says how many rows are shares."""
    assert (
        "error: loss=mean_squared_error over a softmax of 3 units, and only 0% of 600 target rows sum to 1"
    ) == message_of(NAME, fit_of(activation="softmax", units=3, target={"row_sums_one": 0.0}))


@pytest.mark.parametrize(
    "change",
    [
        {"target": {"row_sums_one": 1.0}},
        {"target": {"row_sums_one": 0.5}},
        {"activation": "linear", "target": {"row_sums_one": 0.0}},
        {"target": {"row_sums_one": 0.0}, "custom": True},
    ],
    ids=["shares", "just enough", "linear", "custom"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Targets that sum to 1 are what a softmax predicts."""
    assert Status.PASSED == judge(NAME, fit_of(**{"activation": "softmax", "units": 3, **change})).status


@pytest.mark.parametrize("target", [{}, {"row_sums_one": 0.0, "sampled_rows": 31}])
def test_it_does_not_apply_unseen(fit_of: Callable[..., Any], judge: Callable[..., Any], target: Any):
    """Rows that were not summed, or too few, tell nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(activation="softmax", units=3, target=target)).status

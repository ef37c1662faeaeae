from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "lr-too-low"


def falling(first: float, last: float, epochs: int = 10) -> dict[str, list[float]]:
    """A straight line."""
    return {"train/loss": [first + (last - first) * i / (epochs - 1) for i in range(epochs)]}


def test_it_names_rate_and_losses(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """What was reached, and what a constant has."""
    facts = fit_of(optimizer={"learning_rate": 1e-6}, target={"std": 1.0})

    assert (
        "warning: adam with learning rate 1e-06: the loss fell steadily from 1.3 to 1.28 in 10 epochs, a constant has 1"
    ) == message_of(NAME, facts, metrics=falling(1.3, 1.28))


@pytest.mark.parametrize(
    ("rate", "metrics"),
    [
        (1e-3, falling(1.3, 1.28)),
        (3.4e-5, falling(1.3, 1.28)),
        (1e-6, falling(1.3, 1.234)),
        (1e-6, falling(1.3, 1.2)),
        (1e-6, falling(0.3, 0.29)),
        (1e-6, {"train/loss": [1.3, 1.29] * 5}),
    ],
    ids=["usual rate", "just above a thirtieth", "just 5 %", "falls", "fine-tuning", "noise"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], rate: float, metrics: Any):
    """A loss that is low already, or no steady crawl, passes."""
    facts = fit_of(optimizer={"learning_rate": rate}, target={"std": 1.0})

    assert Status.PASSED == judge(NAME, facts, metrics=metrics).status


def test_it_does_not_apply_before_the_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """An unfinished training may still move."""
    facts = fit_of(optimizer={"learning_rate": 1e-6}, target={"std": 1.0})

    assert Status.NOT_APPLICABLE == judge(NAME, facts, metrics=falling(1.3, 1.28, 9)).status

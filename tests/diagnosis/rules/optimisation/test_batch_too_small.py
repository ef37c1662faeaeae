from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "batch-too-small"
ROUGH = {"train/loss": [1.2, 1.0, 1.1, 0.99, 1.05, 1.01, 1.06, 0.98, 1.1, 1.0]}


def test_it_names_batch_and_curve(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """How small, how rough, and what became of it."""
    facts = fit_of(fit={"batch_size": 1}, target={"std": 1.0})

    assert (
        "warning: batch_size=1 of 600 rows, and the loss rose in 4 of 9 epochs; after 10 epochs the loss is 1, and a "
        "constant prediction has 1"
    ) == message_of(NAME, facts, metrics=ROUGH)


@pytest.mark.parametrize(
    ("fit", "data", "metrics"),
    [
        ({"batch_size": 5}, {}, ROUGH),
        ({"batch_size": 1}, {"rows": 199}, ROUGH),
        ({"batch_size": 1}, {}, {"train/loss": [value / 2 for value in ROUGH["train/loss"]]}),
        ({"batch_size": 1}, {}, {"train/loss": [1.2 - 0.02 * i for i in range(10)]}),
    ],
    ids=["five rows", "few rows", "it learns", "smooth"],
)
def test_it_is_silent_elsewhere(
    fit_of: Callable[..., Any], judge: Callable[..., Any], fit: Any, data: Any, metrics: Any
):
    """Online learning that learns passes."""
    assert Status.PASSED == judge(NAME, fit_of(fit=fit, data=data, target={"std": 1.0}), metrics=metrics).status


def test_it_does_not_apply_before_the_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Half a training is no evidence."""
    facts = fit_of(fit={"batch_size": 1}, target={"std": 1.0})

    assert Status.NOT_APPLICABLE == judge(NAME, facts, metrics={"train/loss": [1.0, 1.1, 1.0]}).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "batch-too-large"
WHOLE = {"batch_size": 600, "batches": 1, "epochs": 4}


def test_it_counts_updates(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Size, rows and losses are in the message."""
    assert (
        "warning: batch_size=600 of 600 rows: 4 updates in 4 epochs, and the loss was still falling "
        "(2.1 to 2 in the last one)"
    ) == message_of(NAME, fit_of(fit=WHOLE), metrics={"train/loss": [2.3, 2.2, 2.1, 2.0]})


@pytest.mark.parametrize(("valid", "status"), [(0.30, Status.FINDING), (0.33, Status.PASSED)])
def test_it_fires_on_a_steep_end_with_the_validation_at_its_lowest(
    fit_of: Callable[..., Any], judge: Callable[..., Any], valid: float, status: Status
):
    """A fall that has slowed down is still one of more than 5 % an epoch."""
    metrics = {"train/loss": [2.3, 0.8, 0.5, 0.4], "val/loss": [2.0, 0.7, 0.32, valid]}

    assert status == judge(NAME, fit_of(fit=WHOLE), metrics=metrics).status


@pytest.mark.parametrize(
    ("fit", "rows", "losses"),
    [
        (WHOLE, 600, [2.3, 1.0, 0.99, 0.941]),
        (WHOLE, 600, [2.3, 2.0, 1.94, 1.9]),
        ({**WHOLE, "batches": 25}, 600, [2.3, 2.2, 2.1, 2.0]),
        ({**WHOLE, "batch_size": 149}, 600, [2.3, 2.2, 2.1, 2.0]),
        (WHOLE, 199, [2.3, 2.2, 2.1, 2.0]),
    ],
    ids=["at rest", "a third of the pace", "100 updates", "small batch", "few rows"],
)
def test_it_is_silent_elsewhere(
    fit_of: Callable[..., Any], judge: Callable[..., Any], fit: Any, rows: int, losses: Any
):
    """A training that has arrived passes."""
    assert Status.PASSED == judge(NAME, fit_of(fit=fit, data={"rows": rows}), metrics={"train/loss": losses}).status


def test_it_does_not_apply_before_the_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """An unfinished training may still arrive."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(fit=WHOLE), metrics={"train/loss": [2.3, 2.2]}).status

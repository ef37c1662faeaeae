from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "lr-decay-too-fast"
HALVED = {"identifier": "exponential_decay", "initial_learning_rate": 0.05, "decay_steps": 1, "decay_rate": 0.5}
PLAN = {"batches": 24, "epochs": 10}


def test_it_says_what_is_left_and_when(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Share and update are in the message."""
    assert ("warning: exponential_decay leaves 6e-08 of the learning rate after 24 of 240 updates") == message_of(
        NAME, fit_of(optimizer={"schedule": HALVED}, fit=PLAN)
    )


@pytest.mark.parametrize(
    "schedule",
    [
        {"identifier": "cosine_decay", "initial_learning_rate": 0.1, "decay_steps": 24},
        {"identifier": "polynomial_decay", "initial_learning_rate": 0.1, "decay_steps": 24, "end_learning_rate": 0.0},
        {**HALVED, "decay_rate": 0.9},
    ],
)
def test_it_fires_on_other_schedules(fit_of: Callable[..., Any], judge: Callable[..., Any], schedule: Any):
    """A schedule over one epoch of ten has run out at half."""
    assert Status.FINDING == judge(NAME, fit_of(optimizer={"schedule": schedule}, fit=PLAN)).status


@pytest.mark.parametrize(
    ("schedule", "fit"),
    [
        ({"identifier": "cosine_decay", "initial_learning_rate": 0.1, "decay_steps": 240}, PLAN),
        ({**HALVED, "decay_steps": 100, "decay_rate": 0.9}, PLAN),
        ({**HALVED, "decay_rate": 0.93}, PLAN),
        ({**HALVED, "decay_rate": 0.9}, {**PLAN, "callbacks": [{"callback": "EarlyStopping", "config": {}}]}),
        (
            {
                "identifier": "polynomial_decay",
                "initial_learning_rate": 0.1,
                "decay_steps": 24,
                "end_learning_rate": 1e-4,
            },
            PLAN,
        ),
    ],
    ids=["cosine over all", "an epoch's pace", "just above", "early stopping", "an end above 0"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], schedule: Any, fit: Any):
    """A rate that lasts passes."""
    assert Status.PASSED == judge(NAME, fit_of(optimizer={"schedule": schedule}, fit=fit)).status


def logged(rates: list[float]) -> dict[str, list[float]]:
    """A training of as many epochs, with its rate."""
    return {"train/loss": [1.0] * len(rates), "train/learning_rate": rates}


def test_it_reads_the_rate_that_a_callback_sets(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """As it was logged, epoch by epoch."""
    assert ("warning: the learning rate is 3e-05 of its start after 5 of 10 epochs, and stays below it") == message_of(
        NAME, fit_of(fit=PLAN), metrics=logged([0.01 * 0.125**epoch for epoch in range(10)])
    )


@pytest.mark.parametrize(
    "rates",
    [[0.01 * 0.16**epoch for epoch in range(10)], [*[0.01 * 0.1**epoch for epoch in range(9)], 0.01], [0.01] * 10],
    ids=["just above", "restarts", "constant"],
)
def test_a_logged_rate_that_lasts_passes(fit_of: Callable[..., Any], judge: Callable[..., Any], rates: list[float]):
    """Or one that comes back."""
    assert Status.PASSED == judge(NAME, fit_of(fit=PLAN), metrics=logged(rates)).status


@pytest.mark.parametrize(
    ("fit", "epochs"),
    [({**PLAN, "callbacks": [{"callback": "ReduceLROnPlateau", "config": {}}]}, 10), (PLAN, 9)],
    ids=["a plateau before", "not complete"],
)
def test_a_logged_rate_is_not_judged(fit_of: Callable[..., Any], judge: Callable[..., Any], fit: Any, epochs: int):
    """Where it fell for a reason, or the training goes on."""
    metrics = logged([0.01 * 0.01**epoch for epoch in range(epochs)])

    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(fit=fit), metrics=metrics).status


@pytest.mark.parametrize("schedule", [None, {"identifier": "my_schedule"}, {**HALVED, "warmup_steps": 9}])
def test_it_does_not_apply_to_other_schedules(fit_of: Callable[..., Any], judge: Callable[..., Any], schedule: Any):
    """A user's own schedule is not called."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(optimizer={"schedule": schedule}, fit=PLAN)).status

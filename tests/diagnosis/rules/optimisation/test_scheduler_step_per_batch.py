from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "scheduler-step-per-batch"
FAULT: dict[str, Any] = {
    "rates": [
        [0, 0.1],
        [5, 0.03],
        [10, 0.009],
        [15, 0.0026999999999999997],
        [20, 0.00081],
        [25, 0.00024299999999999994],
        [30, 7.289999999999998e-05],
        [35, 2.1869999999999996e-05],
    ],
    "passes": [
        {
            "updates": 20,
            "batches": 20,
            "loader": True,
            "training_data": True,
            "calls": {"train_grad": 20},
            "update_modes": {"train": 20},
        },
        {
            "updates": 20,
            "batches": 20,
            "loader": True,
            "training_data": True,
            "calls": {"train_grad": 20},
            "update_modes": {"train": 20},
        },
        {
            "updates": 20,
            "batches": 20,
            "loader": True,
            "training_data": True,
            "calls": {"train_grad": 20},
            "update_modes": {"train": 20},
        },
        {
            "updates": 20,
            "batches": 20,
            "loader": True,
            "training_data": True,
            "calls": {"train_grad": 20},
            "update_modes": {"train": 20},
        },
        {
            "updates": 20,
            "batches": 20,
            "loader": True,
            "training_data": True,
            "calls": {"train_grad": 20},
            "update_modes": {"train": 20},
        },
        {
            "updates": 20,
            "batches": 20,
            "loader": True,
            "training_data": True,
            "calls": {"train_grad": 20},
            "update_modes": {"train": 20},
        },
        {
            "updates": 20,
            "batches": 20,
            "loader": True,
            "training_data": True,
            "calls": {"train_grad": 20},
            "update_modes": {"train": 20},
        },
        {
            "updates": 20,
            "batches": 20,
            "loader": True,
            "training_data": True,
            "calls": {"train_grad": 20},
            "update_modes": {"train": 20},
        },
    ],
    "updates": 160,
}
SOUND: dict[str, dict[str, Any]] = {
    "by epochs": {
        "rates": [
            [0, 0.1],
            [20, 0.03],
            [40, 0.009],
            [60, 0.0026999999999999997],
            [80, 0.00081],
            [100, 0.00024299999999999994],
            [120, 7.289999999999998e-05],
            [140, 2.1869999999999996e-05],
        ]
    },
    "a cycle": {
        "rates": [
            [0, 0.1],
            [5, 0.03],
            [10, 0.009],
            [15, 0.0026999999999999997],
            [20, 0.00081],
            [25, 0.00024299999999999994],
            [30, 7.289999999999998e-05],
            [35, 2.1869999999999996e-05],
            [39, 0.1],
        ]
    },
    "slowly": {
        "rates": [
            [0, 0.1],
            [5, 0.09000000000000001],
            [10, 0.08100000000000002],
            [15, 0.0729],
            [20, 0.06561],
            [25, 0.05904900000000001],
            [30, 0.05314410000000001],
            [35, 0.04782969000000001],
        ]
    },
}


def test_it_says_what_was_seen(looped: Callable[..., Any], message_of: Callable[..., str]):
    """The message holds the numbers."""
    expected = (
        "warning: the learning rate fell 3 times in the first epoch, to 0.0007 of its start after 20% of the updates"
    )

    assert expected == message_of(NAME, looped(**FAULT))


@pytest.mark.parametrize("facts", SOUND.values(), ids=SOUND)
def test_it_is_silent_elsewhere(looped: Callable[..., Any], judge: Callable[..., Any], facts: dict[str, Any]):
    """What is meant to be so, or lies just below, passes."""
    assert Status.PASSED == judge(NAME, looped(**{**FAULT, **facts})).status


def test_it_does_not_apply_without_a_loop(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What another framework's loop does is not in the facts."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "validation-trains"
FAULT: dict[str, Any] = {
    "passes": [
        {
            "updates": 20,
            "batches": 20,
            "loader": True,
            "training_data": True,
            "calls": {"train_grad": 20},
            "update_modes": {"train": 20},
            "shuffle": True,
            "rows": 250,
        },
        {
            "updates": 4,
            "batches": 20,
            "loader": True,
            "training_data": False,
            "calls": {"eval_no_grad": 20},
            "update_modes": {"eval": 4},
            "shuffle": False,
            "rows": 100,
        },
        {
            "updates": 20,
            "batches": 20,
            "loader": True,
            "training_data": True,
            "calls": {"train_grad": 20},
            "update_modes": {"train": 20},
            "shuffle": True,
            "rows": 250,
        },
        {
            "updates": 4,
            "batches": 20,
            "loader": True,
            "training_data": False,
            "calls": {"eval_no_grad": 20},
            "update_modes": {"eval": 4},
            "shuffle": False,
            "rows": 100,
        },
    ]
}
SOUND: dict[str, dict[str, Any]] = {
    "evaluated": {
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
                "updates": 0,
                "batches": 20,
                "loader": True,
                "training_data": False,
                "calls": {"eval_no_grad": 20},
                "update_modes": {},
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
                "updates": 0,
                "batches": 20,
                "loader": True,
                "training_data": False,
                "calls": {"eval_no_grad": 20},
                "update_modes": {},
            },
        ]
    },
    "a second training set": {
        "passes": [
            {
                "updates": 20,
                "batches": 20,
                "loader": True,
                "training_data": True,
                "calls": {"train_grad": 20},
                "update_modes": {"train": 20},
                "shuffle": True,
                "rows": 250,
            },
            {
                "updates": 20,
                "batches": 20,
                "loader": True,
                "training_data": False,
                "calls": {"eval_no_grad": 20},
                "update_modes": {"train": 20},
                "shuffle": True,
                "rows": 100,
            },
            {
                "updates": 20,
                "batches": 20,
                "loader": True,
                "training_data": True,
                "calls": {"train_grad": 20},
                "update_modes": {"train": 20},
                "shuffle": True,
                "rows": 250,
            },
            {
                "updates": 20,
                "batches": 20,
                "loader": True,
                "training_data": False,
                "calls": {"eval_no_grad": 20},
                "update_modes": {"train": 20},
                "shuffle": True,
                "rows": 100,
            },
        ]
    },
}


def test_it_says_what_was_seen(looped: Callable[..., Any], message_of: Callable[..., str]):
    """The message holds the numbers."""
    expected = "error: 8 updates were made on other data than the training's, in 2 passes in evaluation mode"

    assert expected == message_of(NAME, looped(**FAULT))


@pytest.mark.parametrize("facts", SOUND.values(), ids=SOUND)
def test_it_is_silent_elsewhere(looped: Callable[..., Any], judge: Callable[..., Any], facts: dict[str, Any]):
    """What is meant to be so, or lies just below, passes."""
    assert Status.PASSED == judge(NAME, looped(**{**FAULT, **facts})).status


def test_it_does_not_apply_without_a_loop(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What another framework's loop does is not in the facts."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

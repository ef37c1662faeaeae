from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "eval-mode-missing"
FAULT: dict[str, Any] = {
    "mode_layers": ["Dropout"],
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
            "calls": {"train_no_grad": 20},
            "update_modes": {},
        },
    ],
}
SOUND: dict[str, dict[str, Any]] = {
    "eval": {
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
        ]
    },
    "no such layer": {"mode_layers": []},
    "one call": {
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
                "calls": {"train_no_grad": 1},
                "update_modes": {},
            },
        ]
    },
}


def test_it_says_what_was_seen(looped: Callable[..., Any], message_of: Callable[..., str]):
    """The message holds the numbers."""
    expected = "warning: the model is evaluated in training mode (20 calls), and it has Dropout"

    assert expected == message_of(NAME, looped(**FAULT))


@pytest.mark.parametrize("facts", SOUND.values(), ids=SOUND)
def test_it_is_silent_elsewhere(looped: Callable[..., Any], judge: Callable[..., Any], facts: dict[str, Any]):
    """What is meant to be so, or lies just below, passes."""
    assert Status.PASSED == judge(NAME, looped(**{**FAULT, **facts})).status


def test_it_does_not_apply_without_a_loop(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What another framework's loop does is not in the facts."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "train-mode-never"
FAULT: dict[str, Any] = {
    "mode_layers": ["Dropout"],
    "passes": [
        {
            "updates": 20,
            "batches": 20,
            "loader": True,
            "training_data": True,
            "calls": {"train_grad": 20},
            "update_modes": {"eval": 20},
        }
    ],
}
SOUND: dict[str, dict[str, Any]] = {
    "train": {
        "passes": [
            {
                "updates": 20,
                "batches": 20,
                "loader": True,
                "training_data": True,
                "calls": {"train_grad": 20},
                "update_modes": {"train": 20},
            }
        ]
    },
    "no such layer": {"mode_layers": []},
}


def test_it_says_what_was_seen(looped: Callable[..., Any], message_of: Callable[..., str]):
    """The message holds the numbers."""
    expected = "info: all 20 updates were made in evaluation mode, and the model has Dropout"

    assert expected == message_of(NAME, looped(**FAULT))


@pytest.mark.parametrize("facts", SOUND.values(), ids=SOUND)
def test_it_is_silent_elsewhere(looped: Callable[..., Any], judge: Callable[..., Any], facts: dict[str, Any]):
    """What is meant to be so, or lies just below, passes."""
    assert Status.PASSED == judge(NAME, looped(**{**FAULT, **facts})).status


def test_it_does_not_apply_without_a_loop(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What another framework's loop does is not in the facts."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

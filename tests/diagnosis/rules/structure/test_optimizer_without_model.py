from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "optimizer-without-model"
FAULT: dict[str, Any] = {
    "backwards": 40,
    "optimizers": [
        {
            "optimizer": "SGD",
            "updates": 40,
            "carried": 0,
            "without_gradients": 4,
            "accumulating": 0,
            "most_backwards": 1,
            "cleared_before_update": 0,
            "cleared_between": 0,
            "repeated": 0,
            "parameters": 4,
        }
    ],
}
SOUND: dict[str, dict[str, Any]] = {
    "gradients": {
        "optimizers": [
            {
                "optimizer": "SGD",
                "updates": 40,
                "carried": 0,
                "without_gradients": 0,
                "accumulating": 0,
                "most_backwards": 1,
                "cleared_before_update": 0,
                "cleared_between": 0,
                "repeated": 0,
                "parameters": 4,
            }
        ]
    },
    "no backward": {"backwards": 0},
}


def test_it_says_what_was_seen(looped: Callable[..., Any], message_of: Callable[..., str]):
    """The message holds the numbers."""
    expected = (
        "error: none of the 4 parameters of SGD ever gets a gradient:"
        " they are not those of the model that the loss depends on"
    )

    assert expected == message_of(NAME, looped(**FAULT))


@pytest.mark.parametrize("facts", SOUND.values(), ids=SOUND)
def test_it_is_silent_elsewhere(looped: Callable[..., Any], judge: Callable[..., Any], facts: dict[str, Any]):
    """What is meant to be so, or lies just below, passes."""
    assert Status.PASSED == judge(NAME, looped(**{**FAULT, **facts})).status


def test_it_does_not_apply_without_a_loop(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What another framework's loop does is not in the facts."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

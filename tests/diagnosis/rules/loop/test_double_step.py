from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "double-step"
FAULT: dict[str, Any] = {
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
            "repeated": 20,
            "parameters": 4,
        }
    ]
}
SOUND: dict[str, dict[str, Any]] = {
    "twice": {
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
                "repeated": 2,
                "parameters": 4,
            }
        ]
    },
    "seldom": {
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
                "repeated": 9,
                "parameters": 4,
            }
        ]
    },
}


def test_it_says_what_was_seen(looped: Callable[..., Any], message_of: Callable[..., str]):
    """The message holds the numbers."""
    expected = "warning: 20 of 40 updates of SGD use the gradients of the one before"

    assert expected == message_of(NAME, looped(**FAULT))


@pytest.mark.parametrize("facts", SOUND.values(), ids=SOUND)
def test_it_is_silent_elsewhere(looped: Callable[..., Any], judge: Callable[..., Any], facts: dict[str, Any]):
    """What is meant to be so, or lies just below, passes."""
    assert Status.PASSED == judge(NAME, looped(**{**FAULT, **facts})).status


def test_it_does_not_apply_without_a_loop(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What another framework's loop does is not in the facts."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

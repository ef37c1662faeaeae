from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "nan-gradient"
FAULT: dict[str, Any] = {"nan_gradient": 2}
SOUND: dict[str, dict[str, Any]] = {"once": {"nan_gradient": 1}}


def test_it_says_what_was_seen(looped: Callable[..., Any], message_of: Callable[..., str]):
    """The message holds the numbers."""
    expected = "warning: the norm of the gradients is not finite in 2 probes"

    assert expected == message_of(NAME, looped(**FAULT))


@pytest.mark.parametrize("facts", SOUND.values(), ids=SOUND)
def test_it_is_silent_elsewhere(looped: Callable[..., Any], judge: Callable[..., Any], facts: dict[str, Any]):
    """What is meant to be so, or lies just below, passes."""
    assert Status.PASSED == judge(NAME, looped(**{**FAULT, **facts})).status


def test_it_does_not_apply_without_a_loop(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What another framework's loop does is not in the facts."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

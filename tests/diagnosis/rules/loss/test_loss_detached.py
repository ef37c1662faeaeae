from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "loss-detached"
FAULT: dict[str, Any] = {"detached_losses": 40}
SOUND: dict[str, dict[str, Any]] = {"a graph": {"detached_losses": 0}}


def test_it_says_what_was_seen(looped: Callable[..., Any], message_of: Callable[..., str]):
    """The message holds the numbers."""
    expected = "error: backward was called on a loss without a graph, 40 times: no gradient reaches a weight"

    assert expected == message_of(NAME, looped(**FAULT))


@pytest.mark.parametrize("facts", SOUND.values(), ids=SOUND)
def test_it_is_silent_elsewhere(looped: Callable[..., Any], judge: Callable[..., Any], facts: dict[str, Any]):
    """What is meant to be so, or lies just below, passes."""
    assert Status.PASSED == judge(NAME, looped(**{**FAULT, **facts})).status


def test_it_does_not_apply_without_a_loop(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What another framework's loop does is not in the facts."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

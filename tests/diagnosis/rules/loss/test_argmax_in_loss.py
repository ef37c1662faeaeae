from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "argmax-in-loss"
FAULT: dict[str, Any] = {
    "error": "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn",
    "outputs": {"zero_one": True, "requires_grad": False},
}
SOUND: dict[str, dict[str, Any]] = {
    "no error": {"error": "KeyError: 'x'"},
    "probabilities": {"outputs": {"zero_one": False, "requires_grad": False}},
}


def test_it_says_what_was_seen(looped: Callable[..., Any], message_of: Callable[..., str]):
    """The message holds the numbers."""
    expected = "error: the loss is given decisions of 0 and 1, which have no gradient"

    assert expected == message_of(NAME, looped(**FAULT))


@pytest.mark.parametrize("facts", SOUND.values(), ids=SOUND)
def test_it_is_silent_elsewhere(looped: Callable[..., Any], judge: Callable[..., Any], facts: dict[str, Any]):
    """What is meant to be so, or lies just below, passes."""
    assert Status.PASSED == judge(NAME, looped(**{**FAULT, **facts})).status


def test_it_does_not_apply_without_a_loop(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What another framework's loop does is not in the facts."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

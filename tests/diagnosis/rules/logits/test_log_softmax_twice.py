from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "log-softmax-twice"
GIVEN = {"function": "cross_entropy"}


def facts(fit_of: Callable[..., Any], activation: str, **config: Any) -> dict[str, Any]:
    """Facts of a loop with a cross entropy over that activation."""
    known = fit_of(loss="sparse_categorical_crossentropy", units=3, activation=activation, config={**GIVEN, **config})
    return {**known, "loop": {"updates": 40}}


def test_it_says_what_was_seen(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The message names the loss."""
    expected = "info: cross_entropy takes the log-softmax itself, and the output ends in one"

    assert expected == message_of(NAME, facts(fit_of, "log_softmax"))


@pytest.mark.parametrize(
    ("activation", "config"),
    [("linear", {}), ("log_softmax", {"function": "nll_loss"})],
    ids=["logits", "another loss"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], activation: str, config: Any):
    """What fits the loss passes."""
    assert Status.PASSED == judge(NAME, facts(fit_of, activation, **config)).status


def test_it_does_not_apply_without_a_loop(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What another framework's loop does is not in the facts."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "custom-loss-wrong-sign"
RUNAWAY = [-(10.0**i) for i in range(6)]


def test_it_names_both_ends(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """First and last loss are in the message."""
    assert ("warning: the custom loss fell from -1 to -1e+05 in 6 epochs, faster and faster") == message_of(
        NAME, fit_of(custom=True), metrics={"train/loss": RUNAWAY}
    )


@pytest.mark.parametrize(
    ("custom", "losses"),
    [
        (True, [-1.0, -900.0, -1800.0, -2700.0, -3600.0, -4500.0]),
        (True, [2.0, -1.0, -1.8, -2.0, -2.1, -2.1]),
        (True, [-(3.0**i) for i in range(7)]),
        (False, RUNAWAY),
    ],
    ids=["a critic's pace", "levels off", "just below the size", "Keras's own"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], custom: bool, losses: Any):
    """Negative losses are normal for likelihoods, cosines and critics."""
    assert Status.PASSED == judge(NAME, fit_of(custom=custom), metrics={"train/loss": losses}).status


def test_it_does_not_apply_to_short_trainings(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Four epochs have no trend."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(custom=True), metrics={"train/loss": RUNAWAY[:4]}).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "gradient-clipped-to-zero"


def clipped(identifier: str, clip: float, rate: float = 0.01, momentum: float = 0.0) -> dict[str, Any]:
    """An optimizer with a clip."""
    return {"identifier": identifier, "learning_rate": rate, "config": {"clipnorm": clip, "momentum": momentum}}


@pytest.mark.parametrize(
    ("optimizer", "seen"),
    [
        (
            clipped("sgd", 1e-6),
            "sgd with clipnorm=1e-06 and learning rate 0.01: 190 updates can move the weights by 1.9e-06 at most",
        ),
        (clipped("adam", 1e-8), "adam with clipnorm=1e-08, below its epsilon of 1e-07"),
    ],
)
def test_it_says_how_far_it_gets(fit_of: Callable[..., Any], message_of: Callable[..., str], optimizer: Any, seen: str):
    """Clip, rate and updates are in the message."""
    assert f"warning: {seen}" == message_of(NAME, fit_of(optimizer=optimizer))


@pytest.mark.parametrize(
    "optimizer",
    [clipped("sgd", 1.0), clipped("sgd", 6e-4), clipped("sgd", 1e-4, momentum=0.9), clipped("adam", 1e-6)],
    ids=["usual", "just enough", "momentum", "adaptive"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], optimizer: Any):
    """A clip that lets the weights move passes."""
    assert Status.PASSED == judge(NAME, fit_of(optimizer=optimizer)).status


def test_it_does_not_apply_to_an_endless_stream(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """The number of updates is not known."""
    facts = fit_of(optimizer=clipped("sgd", 1e-6), fit={"batches": None})

    assert Status.NOT_APPLICABLE == judge(NAME, facts).status

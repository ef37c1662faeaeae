from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "custom-loss-unstable"
SAID = "the loss function is not finite for probabilities of 0 and 1"


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({"train/loss": [0.5, 0.2, float("nan")]}, f"error: {SAID}, and the loss is nan in epoch 2"),
        ({"train/loss": [0.5, 0.2]}, f"info: {SAID}"),
    ],
)
def test_it_is_an_error_once_the_loss_breaks_down(
    probed: Callable[..., Any], message_of: Callable[..., str], metrics: Any, expected: str
):
    """Before that it is a remark."""
    assert expected == message_of(NAME, probed(probes={"custom_loss": {"overflows": True}}), metrics=metrics)


@pytest.mark.parametrize(
    ("traits", "status"),
    [({"overflows": False}, Status.PASSED), ({}, Status.NOT_APPLICABLE)],
    ids=["finite", "not tried"],
)
def test_it_is_silent_elsewhere(probed: Callable[..., Any], judge: Callable[..., Any], traits: Any, status: Status):
    """A loss that clips passes, and Keras's own losses are not tried."""
    assert status == judge(NAME, probed(probes={"custom_loss": traits})).status

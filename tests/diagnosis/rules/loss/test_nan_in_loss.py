from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from trackexp.diagnosis import Status

NAME = "nan-in-loss"


@pytest.mark.parametrize(
    ("losses", "seen"),
    [
        ([math.nan], "nan in epoch 0"),
        ([2.0, math.nan], "nan in epoch 1, after 2"),
        ([2.0, math.inf], "inf in epoch 1, after 2"),
    ],
)
def test_it_names_the_epoch(message_of: Callable[..., str], losses: list[float], seen: str):
    """And the last value before it; a run of plain wandb is enough."""
    assert f"error: the training loss is {seen}" == message_of(NAME, None, metrics={"loss": losses})


def test_numbers_pass(judge: Callable[..., object]):
    """However large they are."""
    outcome = judge(NAME, None, metrics={"loss": [1e30, -5.0], "val_loss": [math.nan, 1.0]})

    assert Status.PASSED == outcome.status


def test_it_does_not_apply_without_a_loss(judge: Callable[..., object]):
    """Another metric may be NaN for its own reasons."""
    assert Status.NOT_APPLICABLE == judge(NAME, None, metrics={"my/metric": [math.nan]}).status

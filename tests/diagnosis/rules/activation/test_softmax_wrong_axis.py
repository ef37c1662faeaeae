from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "softmax-wrong-axis"
LOSS = "sparse_categorical_crossentropy"


@pytest.mark.parametrize("axis", [0, 1])
def test_it_fires_on_another_axis(fit_of: Callable[..., Any], message_of: Callable[..., str], axis: int):
    """Both axes and the shape are named."""
    facts = fit_of(loss=LOSS, activation="softmax", output={"shape": [None, 7, 4], "axis": axis})

    assert (
        f"error: the softmax is over axis {axis} of an output of shape (None, 7, 4), "
        f"and loss={LOSS} takes the classes from axis -1"
    ) == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"output": {"shape": [None, 7, 4], "axis": -1}},
        {"output": {"shape": [None, 7, 4], "axis": 2}},
        {"output": {"shape": [None, 7, 4], "axis": 1}, "config": {"axis": 1}},
        {"output": {"shape": [None, 7, 4], "axis": [1, 2]}},
        {"output": {"shape": [None, 7, 4], "axis": 1}, "custom": True},
    ],
    ids=["last", "last by number", "channels first", "several", "custom"],
)
def test_it_is_silent_where_they_agree(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """The axis of the loss is the right one."""
    assert Status.PASSED == judge(NAME, fit_of(loss=LOSS, activation="softmax", **change)).status


def test_it_does_not_apply_without_a_shape(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A subclassed model does not show its outputs."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(loss=LOSS, activation="softmax", output={"shape": None})).status

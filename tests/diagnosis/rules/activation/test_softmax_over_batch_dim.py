from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "softmax-over-batch-dim"


def facts(fit_of: Callable[..., Any], axis: int, shape: tuple[int | None, ...] = (None, 3)) -> dict[str, Any]:
    """Facts of a loop whose output ends in a softmax over that axis."""
    known = fit_of(units=3, activation="softmax", output={"axis": axis, "shape": list(shape)})
    return {**known, "loop": {"updates": 40}}


@pytest.mark.parametrize("axis", [0, -2])
def test_it_says_what_was_seen(fit_of: Callable[..., Any], message_of: Callable[..., str], axis: int):
    """The message gives the shape."""
    expected = "error: the softmax of the output, of shape (None, 3), goes over axis 0: over the rows of the batch"

    assert expected == message_of(NAME, facts(fit_of, axis))


@pytest.mark.parametrize(("axis", "shape"), [(1, (None, 3)), (-1, (None, 3)), (0, (3,))])
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], axis: int, shape: Any):
    """The axis of the classes passes, and so does an output of one row."""
    assert Status.PASSED == judge(NAME, facts(fit_of, axis, shape)).status


def test_it_does_not_apply_without_a_loop(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What another framework's loop does is not in the facts."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

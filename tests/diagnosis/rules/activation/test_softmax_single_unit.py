from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "softmax-single-unit"


@pytest.mark.parametrize(
    ("loss", "cure"), [("mean_squared_error", "no activation"), ("binary_crossentropy", "sigmoid")]
)
def test_it_fires_and_the_cure_fits_the_loss(
    fit_of: Callable[..., Any], judge: Callable[..., Any], loss: str, cure: str
):
    """A regression needs no activation, a classification a sigmoid."""
    (finding,) = judge(NAME, fit_of(loss=loss, activation="softmax", output={"axis": -1})).findings

    assert "the output is a softmax over 1 unit: it predicts 1 whatever the input is" == finding.message
    assert cure in finding.fix


@pytest.mark.parametrize(
    "change",
    [
        {"activation": "softmax", "units": 2},
        {"activation": "sigmoid"},
        {"activation": "softmax", "output": {"shape": [None, 7, 1], "axis": 1}},
    ],
    ids=["two units", "sigmoid", "attention over time"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """A softmax over several numbers passes."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


def test_it_does_not_apply_to_an_unknown_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A custom last layer may do anything."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(activation=None)).status

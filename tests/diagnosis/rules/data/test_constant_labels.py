from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "constant-labels"
ONES = {"minimum": 1.0, "maximum": 1.0, "class_counts": {"1": 600}}


def test_it_names_the_class(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Class and rows are in the message."""
    facts = fit_of(loss="binary_crossentropy", activation="sigmoid", target=ONES)

    assert "warning: all targets are of class 1 (600 target rows)" == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"target": {"minimum": 0.0, "maximum": 1.0, "class_counts": {"0": 599, "1": 1}}},
        {"target": {**ONES, "sampled_rows": 31}},
        {"target": ONES, "loss": "mean_squared_error"},
        {"target": ONES, "layers": [{"name": "d", "layer": "Dense", "trainable": False, "parameters": 9}]},
        {"target": ONES, "custom": True},
    ],
    ids=["two classes", "few rows", "residual", "GAN", "custom"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """A constant that may be meant passes."""
    assert Status.PASSED == judge(NAME, fit_of(**{"loss": "binary_crossentropy", **change})).status


@pytest.mark.parametrize("change", [{}, {"target": ONES, "fit": {"source": "tf.data"}}])
def test_it_does_not_apply_unseen(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """The first batch of a stream may be of one class."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(loss="binary_crossentropy", **change)).status

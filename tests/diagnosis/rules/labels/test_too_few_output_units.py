from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "too-few-output-units"
SPARSE, CCE = "sparse_categorical_crossentropy", "categorical_crossentropy"
NUMBERS = {"shape": [600], "integral": True, "minimum": 0.0, "maximum": 4.0, "distinct": 5}
COLUMNS = {"shape": [600, 5], "zero_one": True, "row_sums_one": 1.0}


@pytest.mark.parametrize(("loss", "target"), [(SPARSE, NUMBERS), (CCE, COLUMNS)])
def test_it_counts_both(fit_of: Callable[..., Any], message_of: Callable[..., str], loss: str, target: Any):
    """Classes and units are in the message."""
    facts = fit_of(loss=loss, activation="softmax", units=4, target=target)

    assert "error: the targets have 5 classes, and the output has 4 units" == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"units": 5, "target": NUMBERS},
        {"units": 4, "target": {**NUMBERS, "minimum": 1.0, "maximum": 4.0, "distinct": 4}},
        {"units": 4, "target": NUMBERS, "config": {"ignore_class": 4}},
        {"units": 9, "target": COLUMNS, "loss": CCE},
        {"units": 4, "target": NUMBERS, "custom": True},
    ],
    ids=["enough", "labels-out-of-range", "ignored", "more units", "custom"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """A unit for each class passes."""
    assert Status.PASSED == judge(NAME, fit_of(**{"loss": SPARSE, **change})).status


def test_it_does_not_apply_to_unseen_targets(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A stream that was not looked at tells nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(loss=SPARSE, units=4, data={"targets": []})).status

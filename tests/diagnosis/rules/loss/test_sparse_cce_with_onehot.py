from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "sparse-cce-with-onehot"
LOSS = "sparse_categorical_crossentropy"
ONE_HOT = {"zero_one": True, "row_sums_one": 1.0}


def test_it_names_the_columns(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The message counts columns and rows."""
    facts = fit_of(loss=LOSS, activation="softmax", units=4, target=ONE_HOT)

    assert (
        f"error: loss={LOSS} on one-hot targets of 4 columns (every one of 600 target rows sums to 1): "
        "it expects the number of the class"
    ) == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"loss": "categorical_crossentropy", "target": ONE_HOT},
        {"target": {**ONE_HOT, "shape": [600]}},
        {"target": {**ONE_HOT, "row_sums_one": 0.99}},
        {"target": {**ONE_HOT, "shape": [600, 7]}, "output": {"shape": [None, 7, 4]}},
    ],
    ids=["the right loss", "class numbers", "not every row", "a class number a token"],
)
def test_it_is_silent_where_they_fit(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Class numbers are what the loss wants."""
    assert Status.PASSED == judge(NAME, fit_of(**{"loss": LOSS, "units": 4, **change})).status


def test_it_does_not_apply_to_unseen_targets(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A stream that was not looked at tells nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(loss=LOSS, units=4, data={"targets": []})).status

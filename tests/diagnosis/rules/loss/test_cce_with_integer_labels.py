from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "cce-with-integer-labels"
INTEGERS = {"shape": [600], "integral": True, "minimum": 0.0, "maximum": 3.0}


def test_it_names_labels_and_units(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The message says what was passed and what is expected."""
    facts = fit_of(loss="categorical_crossentropy", activation="softmax", units=4, target=INTEGERS)

    assert (
        "error: loss=categorical_crossentropy over 4 units with integer labels (shape (600,), 0 to 3): "
        "it expects one column a class"
    ) == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"target": {**INTEGERS, "shape": [600, 4]}},
        {"target": {**INTEGERS, "integral": False}},
        {"loss": "sparse_categorical_crossentropy", "target": INTEGERS},
        {"target": {**INTEGERS, "shape": [600, 7, 4]}, "output": {"shape": [None, 7, 4]}},
    ],
    ids=["one column a class", "no whole numbers", "the right loss", "a class a token"],
)
def test_it_is_silent_where_they_fit(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Targets with an axis of classes are what the loss wants."""
    facts = fit_of(**{"loss": "categorical_crossentropy", "activation": "softmax", "units": 4, **change})

    assert Status.PASSED == judge(NAME, facts).status


def test_it_does_not_apply_to_an_output_without_shape(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A subclassed model does not show its outputs."""
    facts = fit_of(loss="categorical_crossentropy", units=4, target=INTEGERS, output={"shape": None})
    outcome = judge(NAME, facts)

    assert (Status.NOT_APPLICABLE, "fit 0: output.shape could not be seen") == (outcome.status, outcome.reason)

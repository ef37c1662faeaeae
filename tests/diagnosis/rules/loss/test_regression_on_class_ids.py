from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "regression-on-class-ids"
IDS = {"class_counts": {"0": 200, "1": 200, "2": 200}}
ACCURACY = [{"name": "accuracy", "identifier": "binary_accuracy"}]


def test_it_fires_on_class_numbers(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The message says which numbers and which metric."""
    assert (
        "warning: loss=mean_squared_error over one linear unit on the class numbers 0 to 2, with accuracy as a metric"
    ) == message_of(NAME, fit_of(target=IDS, metrics=ACCURACY))


@pytest.mark.parametrize(
    "change",
    [
        {"target": IDS, "metrics": []},
        {"target": {"class_counts": {"1": 9, "2": 9, "3": 9, "4": 9, "5": 9}}, "metrics": ACCURACY},
        {"target": {"class_counts": {"0": 9, "1": 9}}, "metrics": ACCURACY},
        {"target": {"class_counts": {str(i): 9 for i in range(21)}}, "metrics": ACCURACY},
        {"target": {"class_counts": None}, "metrics": ACCURACY},
        {"target": IDS, "metrics": ACCURACY, "activation": "sigmoid"},
    ],
    ids=["counts, no accuracy", "ratings from 1", "two classes", "21 numbers", "no whole numbers", "a sigmoid"],
)
def test_it_is_silent_on_quantities(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Only what the program itself counts as classes is one."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


def test_it_does_not_apply_to_an_unknown_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A custom last layer may do anything."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(target=IDS, metrics=ACCURACY, activation=None)).status

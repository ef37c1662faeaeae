from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "sorted-validation-split"


def halves(train: dict[str, int] | None, valid: dict[str, int] | None, how: str = "split") -> dict[str, Any]:
    """Classes of the training rows and of the last ones."""
    return {
        "target": {"class_counts": train},
        "data": {"validation_targets": [{"class_counts": valid}]},
        "fit": {"validation": how},
    }


@pytest.mark.parametrize(
    ("train", "valid", "seen"),
    [
        ({"0": 200, "1": 200}, {"1": 60, "2": 40}, "40% of them are of classes that training never sees (2)"),
        ({"0": 200, "1": 200}, {"1": 100}, "all of them are of class 1"),
    ],
)
def test_it_names_the_classes(
    fit_of: Callable[..., Any], message_of: Callable[..., str], train: Any, valid: Any, seen: str
):
    """Which classes the last rows have is in the message."""
    assert (f"warning: validation_split takes the last rows, and of 100 looked at {seen}") == message_of(
        NAME, fit_of(**halves(train, valid))
    )


@pytest.mark.parametrize(
    "change",
    [
        halves({"0": 200, "1": 200}, {"0": 50, "1": 50}),
        halves({"0": 200, "1": 200}, {"0": 81, "7": 19}),
        halves({"0": 200, "1": 200}, {"1": 19}),
        halves({"0": 200, "1": 200}, {"2": 100}, "arrays"),
    ],
    ids=["mixed", "rare classes", "few rows", "validation_data"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Rows that are mixed pass."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


def test_it_does_not_apply_to_quantities(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A regression has no classes."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(**halves(None, None))).status

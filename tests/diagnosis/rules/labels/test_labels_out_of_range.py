from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "labels-out-of-range"
BCE, SPARSE = "binary_crossentropy", "sparse_categorical_crossentropy"


def labels(low: float, high: float, distinct: int, **change: Any) -> dict[str, Any]:
    """Whole numbers in that range."""
    return {"shape": [600], "integral": True, "minimum": low, "maximum": high, "distinct": distinct, **change}


@pytest.mark.parametrize(
    ("loss", "units", "target", "seen"),
    [
        (BCE, 1, labels(1, 2, 2), "go from 1 to 2, and loss=binary_crossentropy expects 0 and 1"),
        (BCE, 1, labels(-1, 1, 2), "go from -1 to 1, and loss=binary_crossentropy expects 0 and 1"),
        (SPARSE, 5, labels(1, 5, 5), f"go from 1 to 5, and loss={SPARSE} expects 0 to 4 for 5 units"),
        (SPARSE, 5, labels(-1, 4, 6), f"go from -1 to 4, and loss={SPARSE} expects 0 to 4 for 5 units"),
    ],
)
def test_it_fires(
    fit_of: Callable[..., Any], message_of: Callable[..., str], loss: str, units: int, target: Any, seen: str
):
    """Range and expectation are named."""
    assert f"error: the labels {seen}" == message_of(NAME, fit_of(loss=loss, units=units, target=target))


@pytest.mark.parametrize(
    "change",
    [
        {"loss": BCE, "target": labels(0, 1, 2)},
        {"loss": SPARSE, "units": 5, "target": labels(0, 4, 5)},
        {"loss": SPARSE, "units": 4, "target": labels(0, 4, 5)},
        {"loss": "hinge", "target": labels(-1, 1, 2)},
        {"loss": BCE, "target": labels(-1, 1, 2), "custom": True},
        {"loss": BCE, "target": labels(0, 3, 90, integral=False)},
    ],
    ids=["0 and 1", "0 to 4", "too-few-output-units", "hinge", "custom", "bce-on-regression"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Labels in range, and faults of other names, pass."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


@pytest.mark.parametrize(
    "change", [{"config": {"ignore_class": 255}}, {"fit": {"sample_weight": True}}, {"target": {"minimum": None}}]
)
def test_it_does_not_apply_to_labels_that_may_be_left_out(
    fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]
):
    """An ignored class is out of range on purpose."""
    facts = fit_of(**{"loss": SPARSE, "units": 5, "target": labels(0, 255, 5), **change})

    assert Status.NOT_APPLICABLE == judge(NAME, facts).status

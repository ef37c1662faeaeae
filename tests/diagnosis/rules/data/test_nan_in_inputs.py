from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "nan-in-inputs"
HOLES = [{"nan_share": 0.01, "scanned_rows": 600}]


def test_it_says_how_many(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Share and rows are in the message."""
    assert "error: 0.01 of the values of the inputs are NaN (in 600 rows)" == message_of(NAME, fit_of(inputs=HOLES))


@pytest.mark.parametrize("inputs", [[{"nan_share": 0.0}], [{"kind": "text"}]])
def test_it_is_silent_on_numbers(fit_of: Callable[..., Any], judge: Callable[..., Any], inputs: Any):
    """No NaN, no finding."""
    assert Status.PASSED == judge(NAME, fit_of(inputs=inputs)).status


@pytest.mark.parametrize(
    "change",
    [
        {"model": {"kind": "subclassed"}},
        {"model": {"overrides": ["train_step"]}},
        {"layers": [{"name": "gap", "layer": "Isnan"}]},
    ],
)
def test_it_does_not_apply_to_models_that_may_handle_it(
    fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]
):
    """Missing values may be meant."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(inputs=HOLES, **change)).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "target-leakage"
TABLE = {
    "shape": [600, 8], "features": 8, "sampled_rows": 600, "feature_std_minimum": 0.1, "feature_std_maximum": 4.0,
}  # fmt: skip


def leaking(strength: float, **change: Any) -> dict[str, Any]:
    """Facts of a table whose feature 3 goes with the target."""
    feature = {"index": 3, "correlation": strength, "auc": None}
    return {"inputs": [{**TABLE, **change}], "data": {"strongest_feature": feature}}


def test_it_names_the_feature(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Index, correlation and rows are in the message."""
    assert (
        "warning: feature 3 of the inputs has a correlation of 0.99990 with the target over 600 rows"
    ) == message_of(NAME, fit_of(**leaking(0.9999)))


@pytest.mark.parametrize(
    "change",
    [
        leaking(0.999),
        leaking(0.9999, features=2),
        leaking(0.9999, sampled_rows=99),
        leaking(0.9999, shape=[600, 16, 1]),
        leaking(0.9999, feature_std_minimum=3.0),
    ],
    ids=["just below", "two features", "few rows", "sequences", "windows of one series"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Easy problems and smooth series pass."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


def test_it_does_not_apply_without_the_comparison(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Features that were not compared tell nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

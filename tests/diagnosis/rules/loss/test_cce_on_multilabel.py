from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "cce-on-multilabel"
MULTI = {"zero_one": True, "row_sums_one": 0.3, "row_sum_minimum": 0.0, "row_sum_maximum": 4.0}


@pytest.fixture
def facts(fit_of: Callable[..., Any]) -> Callable[..., Any]:
    """Facts with the fault; `target` changes it."""

    def changed(target: dict[str, Any] | None = None, **change: Any) -> Any:
        start = {"loss": "categorical_crossentropy", "activation": "softmax", "units": 6}
        return fit_of(**{**start, **change}, target={**MULTI, **(target or {})})

    return changed


def test_it_counts_the_rows(facts: Callable[..., Any], message_of: Callable[..., str]):
    """The message says how many labels a row has, and how many rows say so."""
    assert (
        "error: loss=categorical_crossentropy on rows that name up to 4 of 6 classes "
        "(70% of 600 target rows do not sum to 1)"
    ) == message_of(NAME, facts())


@pytest.mark.parametrize(
    ("target", "change"),
    [
        ({"row_sums_one": 0.95}, {}),
        ({"row_sum_maximum": 1.0}, {}),
        ({"zero_one": False}, {}),
        ({}, {"loss": "binary_crossentropy"}),
        ({"hash": "a"}, {"inputs": [{"hash": "a"}]}),
        ({}, {"custom": True}),
    ],
    ids=["stray rows", "rows of zeros", "smoothed", "the right loss", "recommender's autoencoder", "custom"],
)
def test_it_is_silent_elsewhere(facts: Callable[..., Any], judge: Callable[..., Any], target: Any, change: Any):
    """What sums to 1, or is not 0 or 1, passes."""
    assert Status.PASSED == judge(NAME, facts(target, **change)).status


def test_it_does_not_apply_to_few_rows(facts: Callable[..., Any], judge: Callable[..., Any]):
    """31 rows are no evidence."""
    assert Status.NOT_APPLICABLE == judge(NAME, facts({"sampled_rows": 31})).status

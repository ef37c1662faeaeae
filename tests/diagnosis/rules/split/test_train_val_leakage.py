from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "train-val-leakage"


def shared(overlap: float, rows: int = 60, repeats: float = 0.0) -> dict[str, Any]:
    """A validation set that overlaps so."""
    return {"validation_overlap": overlap, "validation_overlap_rows": rows, "duplicate_rows": repeats}


def test_it_counts_the_rows(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Overlap and repeats are in the message."""
    assert (
        "warning: 40.0% of the validation rows are training rows as well (60 seen), "
        "and 1.0% of the training rows repeat each other"
    ) == message_of(NAME, fit_of(data=shared(0.4, 60, 0.01)))


def test_rows_that_repeat_as_often_as_oversampling_makes_them_hide_nothing(
    fit_of: Callable[..., Any], judge: Callable[..., Any]
):
    """Validation on training rows is five times as common as repeats among those, however common they are."""
    assert Status.FINDING == judge(NAME, fit_of(data=shared(1.0, 120, 0.19))).status


@pytest.mark.parametrize(
    "data",
    [shared(0.05), shared(0.4, 4), shared(0.9, 60, 0.6), shared(0.1, 60, 0.03), shared(1.0, 120, 0.21)],
    ids=["just below", "four rows", "discrete features", "repeats by nature", "just below five times"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], data: Any):
    """Rows that repeat by nature pass."""
    assert Status.PASSED == judge(NAME, fit_of(data=data)).status


def test_it_does_not_apply_without_validation(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Nothing to compare with."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

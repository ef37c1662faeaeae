from __future__ import annotations

from typing import Any

import pytest

from trackexp.record.fit_bests import fit_bests
from trackexp.testing import make_record

VALUES = {"val/loss": [0.5, 0.4, 0.9, 0.2, 0.3], "val/accuracy": [0.1, 0.2, 0.9, 0.3, 0.8]}


def of(first_epochs: object, metric: str = "val/loss") -> Any:
    """Return the bests of a run of five epochs."""
    summary = {"trackexp": {"fits": 3, "first_epochs": first_epochs}, "best": {"metric": metric}}
    return fit_bests(make_record(metrics=VALUES, summary=summary))


def test_each_fit_has_its_best():
    """In the direction of the metric that the best model was chosen by."""
    assert [(0, "val/loss", 0.4, 1), (1, "val/loss", 0.2, 3), (2, "val/loss", 0.3, 4)] == of([0, 2, 4])
    assert [(0, "val/accuracy", 0.2, 1), (1, "val/accuracy", 0.9, 2)] == of([0, 2], "val/accuracy")


def test_a_fit_without_rows_is_left_out():
    """It failed before its first epoch ended, say."""
    assert [0, 2] == [fit for fit, *_ in of([0, 3, 3])]


@pytest.mark.parametrize("first_epochs", [[0], None, "ab", [0, "x"]])
def test_nothing_is_said_where_nothing_is_known(first_epochs: object):
    """One fit, a run of another writer, or something else under our key."""
    assert [] == of(first_epochs)


def test_nothing_is_said_of_a_metric_that_is_not_there():
    """The history may have been left out."""
    assert [] == of([0, 2], "test/f1")

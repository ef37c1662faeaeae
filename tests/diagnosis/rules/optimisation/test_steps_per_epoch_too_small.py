from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "steps-per-epoch-too-small"


@pytest.mark.parametrize(("epochs", "severity", "seen"), [(4, "warning", "43%"), (5, "info", "53%")])
def test_it_counts_rows(
    fit_of: Callable[..., Any], message_of: Callable[..., str], epochs: int, severity: str, seen: str
):
    """Rows of an epoch and of all are in the message."""
    facts = fit_of(fit={"steps_per_epoch": 2, "epochs": epochs})

    assert (
        f"{severity}: steps_per_epoch=2 and batch_size=32 see 10.7% of 600 rows in an epoch, {seen} in all"
    ) == message_of(NAME, facts)


DATASET = {"source": "pydataset", "batch_size": None}


def test_a_dataset_that_is_too_short_is_a_remark(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Up to which row an epoch comes, of how many; a part may be all that is meant."""
    seen = {"rows_behind": 640, "rows_reached": 160, "rows_seen": 160, "batches_seen": 8}

    assert (
        "info: an epoch of this PyDataset has 8 batches and ends at row 160 of the 640 that they are cut from"
    ) == message_of(NAME, fit_of(fit=DATASET, data=seen))


@pytest.mark.parametrize(
    ("fit", "data"), [({"steps_per_epoch": 10}, {}), (DATASET, {"rows_behind": 640, "rows_reached": 320})]
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], fit: Any, data: Any):
    """Half of the rows passes."""
    assert Status.PASSED == judge(NAME, fit_of(fit=fit, data=data)).status


@pytest.mark.parametrize("fit", [{"steps_per_epoch": None}, {"steps_per_epoch": 2, "source": "generator"}, DATASET])
def test_it_does_not_apply_where_rows_are_not_counted(fit_of: Callable[..., Any], judge: Callable[..., Any], fit: Any):
    """Keras counts arrays itself; a stream does not say what more it has."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(fit=fit)).status

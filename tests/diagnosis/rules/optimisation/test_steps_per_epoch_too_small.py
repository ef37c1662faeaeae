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


@pytest.mark.parametrize("fit", [{"steps_per_epoch": 10}, {"steps_per_epoch": 2, "source": "generator"}])
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], fit: Any):
    """Half of the rows, and streams, pass."""
    assert Status.PASSED == judge(NAME, fit_of(fit=fit)).status


def test_it_does_not_apply_without_the_argument(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Keras counts itself."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(fit={"steps_per_epoch": None})).status

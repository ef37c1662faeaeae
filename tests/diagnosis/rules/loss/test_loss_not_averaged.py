from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "loss-not-averaged"
SUMS = {"custom_loss": {"sums_rows": True}}


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({"train/loss": [9.0, float("inf")]}, "warning: {}; the loss is inf"),
        (
            {"train/loss": [30.0, *[31.0] * 9]},
            "warning: {}; the loss is 31 after 10 epochs, and was 30 after the first",
        ),
        ({"train/loss": [30.0, *[3.0] * 9]}, "info: {}"),
        ({}, "info: {}"),
    ],
    ids=["breaks down", "does not fall", "learns", "begins"],
)
def test_it_is_an_alarm_where_the_training_fails(
    probed: Callable[..., Any], message_of: Callable[..., str], metrics: Any, expected: str
):
    """A sum that is learnt with is a remark."""
    facts = probed(probes=SUMS, loss="own", custom=True)

    assert expected.format("twice the rows give twice the loss: it is a sum over the batch") == message_of(
        NAME, facts, metrics=metrics
    )


@pytest.mark.parametrize(
    ("traits", "status"),
    [({"sums_rows": False}, Status.PASSED), ({}, Status.NOT_APPLICABLE)],
    ids=["mean", "not tried"],
)
def test_it_is_silent_elsewhere(probed: Callable[..., Any], judge: Callable[..., Any], traits: Any, status: Status):
    """A mean passes, and Keras's own losses are not tried."""
    assert status == judge(NAME, probed(probes={"custom_loss": traits})).status

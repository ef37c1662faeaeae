from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "vanishing-gradient"
FLAT, LEARNT = {"train/loss": [1.0] * 10}, {"train/loss": [1.0, *[0.1] * 9]}


def test_it_names_both_ends_and_the_loss(probed: Callable[..., Any], message_of: Callable[..., str]):
    """How little of the last layer's gradient is left."""
    facts = probed(layers={"gradient": [2e-8, 1e-5, 1e-2]}, target={"std": 1.0})

    assert (
        "warning: the gradient of 'l1' is 2e-06 of that of 'l3', in 3 consecutive probes; after "
        "10 epochs the loss is 1, "
        "and a constant prediction has 1"
    ) == message_of(NAME, facts, metrics=FLAT)


@pytest.mark.parametrize(
    ("gradient", "metrics"),
    [([1.1e-6, 1e-4, 1e-2], FLAT), ([1e-9, 1e-5, 1e-2], LEARNT), ([0.0, 0.0, 0.0], FLAT), ([1e-9, 1e-2, None], FLAT)],
    ids=["just above", "it learns", "no gradient at all", "two layers"],
)
def test_it_is_silent_elsewhere(probed: Callable[..., Any], judge: Callable[..., Any], gradient: Any, metrics: Any):
    """A deep network that learns passes."""
    facts = probed(layers={"gradient": gradient}, target={"std": 1.0})

    assert Status.PASSED == judge(NAME, facts, metrics=metrics).status


def test_it_does_not_apply_after_two_looks(probed: Callable[..., Any], judge: Callable[..., Any]):
    """Three consecutive probes are asked for."""
    assert Status.NOT_APPLICABLE == judge(NAME, probed(layers={"gradient": [0.0, 0.0, 1.0]}, looks=2)).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "saturated-activation"
FLAT, LEARNT = {"train/loss": [1.0] * 10}, {"train/loss": [1.0, *[0.1] * 9]}


def test_it_names_layer_share_and_loss(probed: Callable[..., Any], message_of: Callable[..., str]):
    """Which layer has no slope left, and what became of the training."""
    facts = probed(layers={"saturated": [0.5, 0.97, None]}, target={"std": 1.0})

    assert (
        "warning: 97% of the values of 'l2' are at their bounds, in two consecutive probes; after "
        "10 epochs the loss is 1, and "
        "a constant prediction has 1"
    ) == message_of(NAME, facts, metrics=FLAT)


@pytest.mark.parametrize(
    ("saturated", "output", "metrics"),
    [([0.9, 0.9, 0.9], "y", FLAT), ([0.99, 0.1, 0.1], "y", LEARNT), ([0.1, 0.1, 0.99], "l3", FLAT)],
    ids=["just at the share", "it learns", "the output may be sure"],
)
def test_it_is_silent_elsewhere(
    probed: Callable[..., Any], judge: Callable[..., Any], saturated: Any, output: str, metrics: Any
):
    """Gates of a network that learns, and its answers, pass."""
    facts = probed(layers={"saturated": saturated}, target={"std": 1.0}, output={"layer": output})

    assert Status.PASSED == judge(NAME, facts, metrics=metrics).status


def test_it_does_not_apply_without_bounded_layers(probed: Callable[..., Any], judge: Callable[..., Any]):
    """A network of relu has nothing that saturates."""
    assert Status.NOT_APPLICABLE == judge(NAME, probed(layers={"dead": [0.0, 0.0, 0.0]})).status

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "nan-in-loss"


@pytest.mark.parametrize(
    ("losses", "seen"),
    [
        ([math.nan], "nan in epoch 0"),
        ([2.0, math.nan], "nan in epoch 1, after 2"),
        ([2.0, math.inf], "inf in epoch 1, after 2"),
    ],
)
def test_it_names_the_epoch(message_of: Callable[..., str], losses: list[float], seen: str):
    """And the last value before it; a run of plain wandb is enough."""
    assert f"error: the training loss is {seen}" == message_of(NAME, None, metrics={"loss": losses})


def test_numbers_pass(judge: Callable[..., object]):
    """However large they are."""
    outcome = judge(NAME, None, metrics={"loss": [1e30, -5.0], "val_loss": [math.nan, 1.0]})

    assert Status.PASSED == outcome.status


def test_it_does_not_apply_without_a_loss(judge: Callable[..., object]):
    """Another metric may be NaN for its own reasons."""
    assert Status.NOT_APPLICABLE == judge(NAME, None, metrics={"my/metric": [math.nan]}).status


def hidden(**change: Any) -> dict[str, Any]:
    """What three looks saw of weights that are NaN since the first of them."""
    lost = {"weight_scale": [[None, 0.2]] * 3}
    return {"names": ["first", "last"], "epochs": [0, 1, 2], "initial_scale": [0.2, 0.2], "layers": lost, **change}


def test_it_looks_behind_a_loss_that_stays_finite(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """A relu turns NaN into 0 on a CPU; the fixed batch and the weights tell."""
    metrics = {"train/loss": [0.4, 0.4, 0.4], "probe/loss": [math.nan] * 3}

    assert (
        "error: the weights of 'first' are NaN, and the training loss hides it (0.4): as inference sees the same rows, "
        "the loss is NaN"
    ) == message_of(NAME, {**fit_of(), "probes": hidden()}, metrics=metrics)


@pytest.mark.parametrize(
    ("probes", "seen"),
    [
        (hidden(), [math.nan, math.nan, 0.4]),
        (hidden(layers={"weight_scale": [[None, 0.2], [None, 0.2], [0.2, 0.2]]}), [math.nan] * 3),
        (hidden(initial_scale=[None, 0.2]), [math.nan] * 3),
        (hidden(epochs=[0], layers={}), [math.nan]),
    ],
    ids=["the loss is back", "the weights are numbers", "never seen", "one look"],
)
def test_one_sign_alone_passes(
    fit_of: Callable[..., Any], judge: Callable[..., Any], probes: dict[str, Any], seen: list[float]
):
    """A loss of the user's may be NaN on a batch for its own reasons."""
    metrics = {"train/loss": [0.4] * len(seen), "probe/loss": seen}

    assert Status.PASSED == judge(NAME, {**fit_of(), "probes": probes}, metrics=metrics).status

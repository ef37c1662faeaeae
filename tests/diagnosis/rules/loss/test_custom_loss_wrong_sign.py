from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "custom-loss-wrong-sign"
RUNAWAY = [-(10.0**i) for i in range(6)]


def test_it_names_both_ends(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """First and last loss are in the message."""
    assert ("warning: the custom loss fell from -1 to -1e+05 in 6 epochs, faster and faster") == message_of(
        NAME, fit_of(custom=True), metrics={"train/loss": RUNAWAY}
    )


@pytest.mark.parametrize(
    ("custom", "losses"),
    [
        (True, [-1.0, -900.0, -1800.0, -2700.0, -3600.0, -4500.0]),
        (True, [-1.0, -1000.0, -2500.0, -4500.0, -7000.0, -10800.0]),
        (True, [2.0, -1.0, -1.8, -2.0, -2.1, -2.1]),
        (True, [-(3.0**i) for i in range(7)]),
        (False, RUNAWAY),
    ],
    ids=["a critic's pace", "just below twice the pace", "levels off", "just below the size", "Keras's own"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], custom: bool, losses: Any):
    """Negative losses are normal for likelihoods, cosines and critics."""
    assert Status.PASSED == judge(NAME, fit_of(custom=custom), metrics={"train/loss": losses}).status


def test_it_does_not_apply_to_short_trainings(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Four epochs have no trend."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(custom=True), metrics={"train/loss": RUNAWAY[:4]}).status


def linear(probed: Callable[..., Any], losses: list[float], spread: float = 6.0) -> dict[str, Any]:
    """A linear output that varies so, and what three looks say of the loss."""
    return probed(
        names=("hidden", "y"),
        scalars={"loss": losses},
        layers={"mean": [0.1, 0.5], "std": [1.0, spread]},
        target={"mean": 0.5, "std": 1.0},
        output={"head": "y"},
        custom=True,
    )


def test_it_knows_the_squared_error_with_a_minus(probed: Callable[..., Any], message_of: Callable[..., str]):
    """By the mean and the spread of the outputs, long before it runs away."""
    metrics = {"train/loss": [-2.0, -5.0, -9.0, -20.0, -36.0]}

    assert (
        "warning: the custom loss fell from -2 to -36 in 5 epochs, and is minus the squared error: the outputs vary 6 "
        "times as much as the targets"
    ) == message_of(NAME, linear(probed, [-36.0, -37.0, -38.0]), metrics=metrics)


@pytest.mark.parametrize(
    ("losses", "spread"),
    [([-6.0, -6.0, -6.0], 6.0), ([-36.0, -37.0, -50.0], 6.0), ([36.0] * 3, 6.0), ([-16.0] * 3, 4.0)],
    ids=["a critic's distance", "one look of three", "no minus", "outputs near the targets"],
)
def test_other_losses_below_zero_pass(
    probed: Callable[..., Any], judge: Callable[..., Any], losses: list[float], spread: float
):
    """They are no squared error."""
    metrics = {"train/loss": [-2.0, -5.0, -9.0, -20.0, -36.0]}

    assert Status.PASSED == judge(NAME, linear(probed, losses, spread), metrics=metrics).status


def opposite(fit_of: Callable[..., Any], **change: Any) -> dict[str, Any]:
    """A binary classifier under a loss of the user's."""
    target = {"class_counts": {"0": 400, "1": 200}, "zero_one": True}
    accuracy = [{"name": "accuracy", "identifier": "binary_accuracy"}]
    facts = {"activation": "sigmoid", "target": target, "metrics": accuracy, "fit": {"epochs": 5}, "custom": True}
    return fit_of(**{**facts, **change})


def test_it_knows_a_model_that_has_learnt_the_opposite(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Always answering the rarest class would be right more often."""
    metrics = {"train/loss": [-0.9, -4.0, -8.0, -11.0, -12.0], "train/accuracy": [0.3, 0.1, 0.05, 0.04, 0.03]}

    assert (
        "warning: the custom loss fell from -0.9 to -12 in 5 epochs, and 3.0% of the answers are right: always the "
        "rarest class has 33.3%"
    ) == message_of(NAME, opposite(fit_of), metrics=metrics)


@pytest.mark.parametrize(
    ("change", "loss", "accuracy"),
    [
        ({}, -12.0, 0.17),
        ({}, -0.99, 0.03),
        ({"activation": "linear"}, -12.0, 0.03),
        ({"metrics": []}, -12.0, 0.03),
        ({"fit": {"epochs": 6}}, -12.0, 0.03),
        ({"custom": False}, -12.0, 0.03),
    ],
    ids=["half the rarest", "an overlap", "no probability", "no accuracy", "not complete", "Keras's own"],
)
def test_a_loss_below_zero_alone_passes(
    fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any], loss: float, accuracy: float
):
    """It takes answers that are worse than any constant's."""
    metrics = {"train/loss": [-0.9, -0.95, -0.96, -0.97, loss], "train/accuracy": [0.5, 0.4, 0.3, 0.2, accuracy]}

    assert Status.PASSED == judge(NAME, opposite(fit_of, **change), metrics=metrics).status

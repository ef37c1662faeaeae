from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "underfitting-capacity"
REST = {"train/loss": [1.0, 0.7, 0.6, *[0.55] * 7]}
DIGITS = {"kind": "classes", "rows": 1000, "chance": 0.1, "linear": 0.8, "neighbours": 0.95, "balanced": 0.95}
VALUES = {"kind": "values", "rows": 1000, "chance": 0.0, "linear": 0.6, "neighbours": 0.4}

LONG = {"batches": 50}  # and ten epochs


def scored(score: float, balanced: float | None = None) -> dict[str, Any]:
    """What the last looks saw of the answers."""
    return {"score": score, "balanced": score if balanced is None else balanced}


@pytest.mark.parametrize(
    ("reference", "scalars", "message"),
    [
        (
            DIGITS,
            scored(0.5),
            "50% of the rows it was trained on are right, five nearest neighbours has 95% on rows it has not seen, and "
            "the loss has come to rest at 0.55",
        ),
        (VALUES, scored(0.1), "R² 0.10 where ridge regression has 0.60, and the loss has come to rest at 0.55"),
    ],
)
def test_it_names_both_scores(
    probed: Callable[..., Any], message_of: Callable[..., str], reference: Any, scalars: Any, message: str
):
    """Of classes and of numbers."""
    facts = probed(scalars=scalars, reference=reference, fit=LONG)

    assert f"warning: {message}" == message_of(NAME, facts, metrics=REST)


@pytest.mark.parametrize(
    ("reference", "scalars", "layers"),
    [
        (DIGITS, scored(0.86), []),
        (DIGITS, scored(0.5, 0.9), []),
        (VALUES, scored(0.41), []),
        ({**VALUES, "linear": 0.29, "neighbours": 0.3}, scored(0.0), []),
        ({**DIGITS, "linear": 0.55}, scored(0.5), [{"name": "l1", "layer": "Dense"}]),
    ],
    ids=["within the margin", "weighted classes", "values within it", "a poor reference", "a linear model"],
)
def test_it_is_silent_elsewhere(
    probed: Callable[..., Any], judge: Callable[..., Any], reference: Any, scalars: Any, layers: Any
):
    """A problem that is hard for small models too passes."""
    facts = probed(scalars=scalars, reference=reference, fit=LONG)
    facts["model"]["layers"] = layers

    assert Status.PASSED == judge(NAME, facts, metrics=REST).status


def test_it_does_not_apply_while_the_loss_falls(probed: Callable[..., Any], judge: Callable[..., Any]):
    """A training on its way down is too short, not too small."""
    falling = {"train/loss": [1.0 - 0.05 * epoch for epoch in range(10)]}

    assert Status.NOT_APPLICABLE == judge(NAME, probed(scalars=scored(0.2), reference=DIGITS), metrics=falling).status


def test_it_does_not_apply_to_a_loss_that_falls_as_it_always_did(probed: Callable[..., Any], judge: Callable[..., Any]):
    """Little, but at its own pace: ten short epochs may be on their way."""
    crawling = {"train/loss": [0.7 - 0.003 * epoch for epoch in range(10)]}
    stuck = {"train/loss": [0.7 - 0.0003 * epoch for epoch in range(10)]}
    facts = probed(scalars=scored(0.2), reference=DIGITS)

    assert Status.NOT_APPLICABLE == judge(NAME, facts, metrics=crawling).status
    assert Status.FINDING == judge(NAME, facts, metrics=stuck).status


@pytest.mark.parametrize(
    ("early", "late", "status"),
    [
        (0.02, 0.0070, Status.FINDING),
        (0.02, 0.0091, Status.NOT_APPLICABLE),
        (0.0007, 0.0007, Status.FINDING),
        (0.0008, 0.0008, Status.NOT_APPLICABLE),
    ],
    ids=["slowed", "just not slowed", "hardly moved", "just moved"],
)
def test_it_is_at_rest_below_half_its_pace(
    probed: Callable[..., Any], judge: Callable[..., Any], early: float, late: float, status: Status
):
    """Six epochs at one pace, three at another; or within 1 % all the while."""
    losses = [0.7 - early * min(epoch, 6) - late * max(0, epoch - 6) for epoch in range(10)]
    facts = probed(scalars=scored(0.2), reference=DIGITS)

    assert status == judge(NAME, facts, metrics={"train/loss": losses}).status


@pytest.mark.parametrize(("score", "status"), [(0.73, Status.FINDING), (0.75, Status.PASSED)])
def test_most_of_what_small_models_find_is_enough(
    probed: Callable[..., Any], judge: Callable[..., Any], score: float, status: Status
):
    """Three quarters of what is above chance: 0.1 + 0.75 · 0.85 = 0.7375."""
    facts = probed(scalars=scored(score), reference=DIGITS, fit=LONG)

    assert status == judge(NAME, facts, metrics=REST).status


@pytest.mark.parametrize(
    ("batches", "score", "status"),
    [(50, 0.73, Status.FINDING), (49, 0.73, Status.PASSED), (49, 0.69, Status.FINDING)],
    ids=["500 updates", "499", "ridge regression is better too"],
)
def test_neighbours_are_a_rival_of_long_trainings_alone(
    probed: Callable[..., Any], judge: Callable[..., Any], batches: int, score: float, status: Status
):
    """What is not linear is learnt last."""
    reference = {**DIGITS, "linear": 0.82}
    facts = probed(scalars=scored(score), reference=reference, fit={"batches": batches})

    assert status == judge(NAME, facts, metrics=REST).status

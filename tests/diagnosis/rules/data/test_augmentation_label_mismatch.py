from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "augmentation-label-mismatch"
REST = {"train/loss": [1.0, 0.7, 0.6, *[0.55] * 7]}
FLIP = [
    {"name": "random_flip", "layer": "RandomFlip"},
    {"name": "l1", "layer": "Dense"},
    {"name": "l2", "layer": "Dense"},
]
CONTRADICTED = {"loss": 0.2, "loss_augmented": 0.9, "score": 0.95, "score_augmented": 0.6}
WASHED_OUT = {"loss": 0.69, "loss_augmented": 0.7, "score": 0.5, "balanced": 0.5, "score_augmented": 0.5}
REFERENCE = {"kind": "classes", "rows": 1000, "chance": 0.5, "linear": 0.9, "neighbours": 0.8, "balanced": 0.9}


def known(probed: Callable[..., Any], scalars: Any, **arguments: Any) -> Any:
    """Facts of a model that flips its images."""
    facts = probed(scalars=scalars, **arguments)
    facts["model"]["layers"] = FLIP
    return facts


@pytest.mark.parametrize(
    ("scalars", "message"),
    [
        (CONTRADICTED, "the loss of the same rows is 0.9 in place of 0.2, and 60% of them are right in place of 95%"),
        (
            WASHED_OUT,
            "the loss has come to rest, and without it 50% of the rows it was trained on are right, ridge regression "
            "has 90% on rows it has not seen",
        ),
    ],
)
def test_it_names_layer_and_effect(
    probed: Callable[..., Any], message_of: Callable[..., str], scalars: Any, message: str
):
    """Rows that turn wrong, or a difference that is gone."""
    facts = known(probed, scalars, reference=REFERENCE)

    assert f"warning: with random_flip at work {message}" == message_of(NAME, facts, metrics=REST)


@pytest.mark.parametrize(
    ("scalars", "reference"),
    [
        ({**CONTRADICTED, "score_augmented": 0.66}, None),
        ({**CONTRADICTED, "loss_augmented": 0.4}, None),
        ({**WASHED_OUT, "score": 0.85, "balanced": 0.85}, REFERENCE),
        (WASHED_OUT, None),
    ],
    ids=["a few rows", "twice the loss", "within the margin", "no reference"],
)
def test_it_is_silent_elsewhere(probed: Callable[..., Any], judge: Callable[..., Any], scalars: Any, reference: Any):
    """Augmentation that makes the task harder passes."""
    assert Status.PASSED == judge(NAME, known(probed, scalars, reference=reference), metrics=REST).status


@pytest.mark.parametrize(
    ("scalars", "losses"),
    [
        ({**CONTRADICTED, "loss_augmented": [0.9, 0.3, 0.9]}, REST["train/loss"]),
        (WASHED_OUT, [1.0, 0.9, 0.8, 0.75, 0.7, 0.65, 0.581, 0.55, 0.52, 0.5]),
    ],
    ids=["one look of two", "still falling"],
)
def test_just_below_the_proof_it_is_silent(
    probed: Callable[..., Any], judge: Callable[..., Any], scalars: Any, losses: list[float]
):
    """What is drawn anew may be off once, and a training on its way down may arrive."""
    facts = known(probed, scalars, reference=REFERENCE)

    assert Status.PASSED == judge(NAME, facts, metrics={"train/loss": losses}).status


@pytest.mark.parametrize(
    ("scalars", "metrics"), [({"loss": 0.2}, REST), (CONTRADICTED, {"train/loss": [1.0]})], ids=["none", "under way"]
)
def test_it_does_not_apply_where_it_cannot_tell(
    probed: Callable[..., Any], judge: Callable[..., Any], scalars: Any, metrics: Any
):
    """Augmentation in the pipeline of the data is not seen, and a training under way not judged."""
    assert Status.NOT_APPLICABLE == judge(NAME, known(probed, scalars), metrics=metrics).status

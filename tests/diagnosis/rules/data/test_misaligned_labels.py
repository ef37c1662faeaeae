from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "misaligned-labels"
NOTHING = {"kind": "values", "rows": 1000, "chance": 0.0, "linear": -0.02, "neighbours": 0.01}
SHIFTED = {**NOTHING, "shifted": {"0": 0.01, "-2": 0.0, "-1": 0.02, "1": 0.9, "2": 0.1}}
BY_HEART = {"train/loss": [1.0 - 0.09 * i for i in range(10)], "val/loss": [1.05] * 10}


@pytest.mark.parametrize(
    ("reference", "metrics", "message"),
    [
        (
            SHIFTED,
            {},
            "small models find R² 0.01 in the rows as they stand, and 0.90 with the targets of 1 row(s) further on",
        ),
        (
            NOTHING,
            BY_HEART,
            "the validation loss was never below 1.05, where a constant has 1, the training loss fell to 0.19, and "
            "small models find 1% of what is above chance",
        ),
    ],
)
def test_it_names_the_proof(
    probed: Callable[..., Any], message_of: Callable[..., str], reference: Any, metrics: Any, message: str
):
    """Targets that fit the next row, or no row."""
    facts = probed(reference=reference, target={"std": 1.0})

    assert f"warning: {message}" == message_of(NAME, facts, metrics=metrics)


@pytest.mark.parametrize(
    ("reference", "metrics"),
    [
        ({**SHIFTED, "shifted": {"0": 0.01, "1": 0.4}}, {}),
        ({**SHIFTED, "linear": 0.11}, {}),
        (NOTHING, {**BY_HEART, "val/loss": [1.05] * 9 + [0.97]}),
        (NOTHING, {**BY_HEART, "train/loss": [1.0] * 10}),
        ({**NOTHING, "neighbours": 0.11}, BY_HEART),
    ],
    ids=["a little better", "found as they stand", "it helps a little", "nothing learnt", "neighbours find something"],
)
def test_it_is_silent_elsewhere(probed: Callable[..., Any], judge: Callable[..., Any], reference: Any, metrics: Any):
    """A hard problem passes."""
    assert Status.PASSED == judge(NAME, probed(reference=reference, target={"std": 1.0}), metrics=metrics).status


@pytest.mark.parametrize(
    ("change", "metrics"),
    [
        ({"data": {"rows": 299}}, BY_HEART),
        ({"fit": {"epochs": 4}}, {key: values[:4] for key, values in BY_HEART.items()}),
        ({}, {**BY_HEART, "train/loss": [1.0 - 0.0099 * epoch for epoch in range(10)]}),
    ],
    ids=["few rows", "few epochs", "little memorised"],
)
def test_just_below_the_proof_it_is_silent(
    probed: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any], metrics: Any
):
    """Each of the three makes it chance."""
    facts = probed(reference=NOTHING, target={"std": 1.0}, **change)

    assert Status.PASSED == judge(NAME, facts, metrics=metrics).status


def test_it_does_not_apply_without_a_reference(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Curves alone cannot tell broken labels from hard ones."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(target={"std": 1.0}), metrics=BY_HEART).status

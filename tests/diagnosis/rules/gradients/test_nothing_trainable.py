from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "nothing-trainable"


def test_it_counts_the_weights(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The number is in the message."""
    facts = fit_of(model={"parameters": 1234, "trainable_parameters": 0})

    assert "error: none of the model's 1,234 weights is trainable" == message_of(NAME, facts)


def test_one_weight_is_enough(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A frozen base with a trainable head passes."""
    assert Status.PASSED == judge(NAME, fit_of(model={"parameters": 9, "trainable_parameters": 1})).status


@pytest.mark.parametrize(
    "model",
    [
        {},
        {"parameters": 0, "trainable_parameters": 0},
        {"parameters": 9, "trainable_parameters": 0, "built": False},
        {"parameters": 9, "trainable_parameters": 0, "overrides": ["train_step"]},
    ],
)
def test_it_does_not_apply_unseen(fit_of: Callable[..., Any], judge: Callable[..., Any], model: dict[str, Any]):
    """Weights may come with the first batch, and a step of its own may train others."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(model=model)).status

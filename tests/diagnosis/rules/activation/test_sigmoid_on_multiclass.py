from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "sigmoid-on-multiclass"
CCE = "categorical_crossentropy"


@pytest.mark.parametrize("loss", [CCE, "sparse_categorical_crossentropy"])
def test_it_fires(fit_of: Callable[..., Any], message_of: Callable[..., str], loss: str):
    """Loss and number of sigmoids are named."""
    facts = fit_of(loss=loss, activation="sigmoid", units=3, from_logits=False)

    assert f"error: loss={loss} is for exclusive classes, and the output ends in 3 sigmoids" == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"loss": "binary_crossentropy", "units": 3},
        {"loss": CCE, "units": 3, "activation": "softmax"},
        {"loss": CCE, "units": 1},
        {"loss": CCE, "units": 3, "custom": True},
        {"loss": CCE, "units": 3, "from_logits": True},
    ],
    ids=["multi-label", "softmax", "cce-on-single-unit", "custom", "sigmoid-with-from-logits"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Sigmoids under a binary loss, and a softmax under this one, pass."""
    assert Status.PASSED == judge(NAME, fit_of(**{"activation": "sigmoid", **change})).status


def test_it_does_not_apply_to_an_unknown_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A custom last layer may do anything."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(loss=CCE, units=3, activation=None)).status

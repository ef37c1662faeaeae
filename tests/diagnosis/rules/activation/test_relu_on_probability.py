from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "relu-on-probability"
BCE, CCE = "binary_crossentropy", "categorical_crossentropy"


@pytest.mark.parametrize(
    ("loss", "activation", "logits", "meant"),
    [
        (BCE, "relu", False, "probabilities"),
        (CCE, "tanh", False, "probabilities"),
        (BCE, "softplus", False, "probabilities"),
        (BCE, "relu", True, "logits"),
    ],
)
def test_it_fires(
    fit_of: Callable[..., Any], message_of: Callable[..., str], loss: str, activation: str, logits: bool, meant: str
):
    """Loss and activation are named, and what was expected."""
    facts = fit_of(loss=loss, activation=activation, from_logits=logits)

    assert f"error: loss={loss} expects {meant}, and the output ends in a {activation}" == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"activation": "sigmoid"},
        {"activation": "linear"},
        {"activation": "tanh", "from_logits": True},
        {"activation": "exponential", "loss": CCE},
        {"activation": "tanh", "output": {"scales": [[0.5, 0.5]]}},
        {"activation": "relu", "loss": "mean_squared_error"},
        {"activation": "relu", "custom": True},
        {
            "activation": "relu",
            "output": {"layer": "cap"},
            "layers": [{"name": "cap", "layer": "ReLU", "config": {"max_value": 1.0}}],
        },
    ],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """What may be a probability passes, and other losses do."""
    assert Status.PASSED == judge(NAME, fit_of(**{"loss": BCE, "from_logits": False, **change})).status


def test_it_does_not_apply_to_an_unknown_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A custom last layer may do anything."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(loss=BCE, activation=None)).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "linear-without-from-logits"


@pytest.mark.parametrize(
    ("loss", "activation"), [("binary_crossentropy", "sigmoid"), ("sparse_categorical_crossentropy", "softmax")]
)
def test_it_fires_and_names_the_missing_end(
    fit_of: Callable[..., Any], judge: Callable[..., Any], loss: str, activation: str
):
    """What was seen, and the activation that is missing."""
    (finding,) = judge(NAME, fit_of(loss=loss, units=4, from_logits=False)).findings

    assert f"loss={loss} expects probabilities, and the output is linear" == finding.message
    assert finding.fix.endswith(f'activation="{activation}"')


@pytest.mark.parametrize(
    "change",
    [
        {"from_logits": True},
        {"from_logits": False, "activation": "sigmoid"},
        {"from_logits": False, "custom": True},
        {"from_logits": False, "output": {"scales": [[0.5, 0.5]]}},
        {
            "from_logits": False,
            "output": {"head": "mix"},
            "layers": [{"name": "mix", "layer": "Dense", "config": {"kernel_constraint": "non_neg"}}],
        },
    ],
    ids=["logits", "sigmoid", "custom", "rescaled", "constrained"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Whatever may yield probabilities passes."""
    assert Status.PASSED == judge(NAME, fit_of(loss="binary_crossentropy", **change)).status


def test_it_does_not_apply_to_an_unknown_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A custom layer may normalise."""
    facts = fit_of(loss="binary_crossentropy", activation=None, from_logits=False)

    assert Status.NOT_APPLICABLE == judge(NAME, facts).status

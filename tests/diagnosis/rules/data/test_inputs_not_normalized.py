from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "inputs-not-normalized"


def model(first: str) -> list[dict[str, Any]]:
    """An input and the layer that meets it."""
    return [
        {"name": "in", "layer": "InputLayer", "depth": 0, "inputs": []},
        {"name": "one", "layer": first, "depth": 0, "inputs": ["in"]},
    ]


@pytest.mark.parametrize(
    ("array", "seen"),
    [
        ({"absolute_percentile_99": 255.0}, "the 99th percentile of the inputs' absolute values is 255"),
        (
            {"feature_std_minimum": 0.01, "feature_std_maximum": 9.0},
            "the inputs' features have standard deviations from 0.01 to 9",
        ),
    ],
)
def test_inputs_alone_are_a_remark(fit_of: Callable[..., Any], message_of: Callable[..., str], array: Any, seen: str):
    """Many nets learn anyway."""
    facts = fit_of(inputs=[array], layers=model("Dense"))

    assert f"info: {seen}, and no layer scales them" == message_of(NAME, facts)


@pytest.mark.parametrize("last", [1.0, math.nan])
def test_a_training_that_did_not_learn_confirms_it(fit_of: Callable[..., Any], judge: Callable[..., Any], last: float):
    """Then it is a warning, and the message gives the loss."""
    facts = fit_of(inputs=[{"absolute_percentile_99": 255.0}], layers=model("Dense"), target={"std": 1.0})
    (finding,) = judge(NAME, facts, metrics={"train/loss": [1.0] * 9 + [last]}).findings

    assert "warning" == finding.severity
    assert f"the loss is {last:g}" in finding.message


@pytest.mark.parametrize(
    ("array", "first"),
    [
        ({"absolute_percentile_99": 20.0}, "Dense"),
        ({"absolute_percentile_99": 255.0}, "Rescaling"),
        ({"absolute_percentile_99": 5000.0}, "Embedding"),
        ({"zero_one": True, "feature_std_minimum": 0.001, "feature_std_maximum": 0.5}, "Dense"),
        ({"feature_std_minimum": 0.02, "feature_std_maximum": 2.0}, "Dense"),
        ({"feature_std_minimum": 0.0001, "feature_std_maximum": 0.4}, "Dense"),
    ],
    ids=["just in range", "rescaled", "token ids", "bag of words", "just even", "pixels"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], array: Any, first: str):
    """What is scaled, or no quantity, passes."""
    assert Status.PASSED == judge(NAME, fit_of(inputs=[array], layers=model(first))).status


def test_it_does_not_apply_to_an_unknown_first_layer(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A layer of the user's own may scale."""
    facts = fit_of(inputs=[{"absolute_percentile_99": 255.0}], layers=model("MyScaling"))

    assert Status.NOT_APPLICABLE == judge(NAME, facts).status

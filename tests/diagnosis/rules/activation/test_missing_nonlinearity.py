from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "missing-nonlinearity"


def stack(*layers: tuple[str, str | None, int, int]) -> list[dict[str, Any]]:
    """A chain of (class, activation, units, fan-in) behind an input."""
    chain: list[dict[str, Any]] = [{"name": "in", "layer": "InputLayer", "depth": 0, "inputs": []}]
    for kind, activation, units, fan_in in layers:
        chain.append(
            {"name": f"l{len(chain)}", "layer": kind, "activation": activation, "units": units, "depth": 0,
             "inputs": [chain[-1]["name"]], "parameters": units * (fan_in + 1), "config": {"use_bias": True}}
        )  # fmt: skip
    return chain


def test_it_names_the_layers(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Those without an activation are in the message."""
    layers = stack(("Dense", "linear", 32, 8), ("Dropout", None, 0, 0), ("Dense", "softmax", 4, 32))

    assert ("warning: 2 weight layers and nothing nonlinear between them: 'l1' have no activation") == message_of(
        NAME, fit_of(layers=layers)
    )


@pytest.mark.parametrize(
    "layers",
    [
        stack(("Dense", "relu", 32, 8), ("Dense", "softmax", 4, 32)),
        stack(("Dense", "linear", 3, 12), ("Dense", "linear", 5, 3)),
        stack(
            ("Dense", "linear", 32, 8),
            ("BatchNormalization", None, 0, 0),
            ("ReLU", "relu", 0, 0),
            ("Dense", "softmax", 4, 32),
        ),
        stack(("Conv2D", "linear", 8, 9), ("MaxPooling2D", None, 0, 0), ("Dense", "softmax", 4, 32)),
        stack(("Dense", "softmax", 4, 8)),
        stack(("Dense", "linear", 32, 8), ("MyActivation", None, 0, 0), ("Dense", "softmax", 4, 32)),
    ],
    ids=["relu", "low rank", "BN and ReLU", "max pooling", "logistic regression", "a layer of one's own"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], layers: Any):
    """One nonlinearity, or a bottleneck, passes."""
    assert Status.PASSED == judge(NAME, fit_of(layers=layers)).status


def test_it_does_not_apply_to_branches(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Siamese heads and attention are no chain."""
    layers = stack(("Dense", "linear", 8, 8), ("Dense", "linear", 8, 8))
    layers[2]["inputs"] = ["in"]

    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(layers=layers)).status

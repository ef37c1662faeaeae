from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "bad-init"
CONSTANT = {"identifier": "constant", "value": 0.1}


def dense(place: int, activation: str = "relu", fan_in: int = 8, kind: str = "Dense", **config: Any) -> dict[str, Any]:
    """A layer of 32 units behind the one before."""
    return {"name": f"l{place}", "layer": kind, "activation": activation, "units": 32, "parameters": 32 * (fan_in + 1),
            "inputs": [f"l{place - 1}"], "trainable": True, "config": {"use_bias": True, **config}}  # fmt: skip


def normal(stddev: float) -> dict[str, Any]:
    """A random initializer of that spread."""
    return {"kernel_initializer": {"identifier": "random_normal", "stddev": stddev}}


def bias(value: float) -> dict[str, Any]:
    """A constant bias."""
    return {"bias_initializer": {"identifier": "constant", "value": value}}


@pytest.mark.parametrize(
    ("layers", "seen"),
    [
        (
            [dense(1, kernel_initializer=CONSTANT), dense(2, kernel_initializer="zeros"), dense(3)],
            "'l1' and 'l2' have constant kernels: all units stay alike",
        ),
        ([dense(1, "tanh", **normal(8.0))], "'l1' begins with weights 22.6 times too large (stddev 8, fan-in 8)"),
        ([dense(1, **bias(-10.0))], "'l1' begins with biases of -10 before a relu"),
    ],
)
def test_it_names_layer_and_values(fit_of: Callable[..., Any], message_of: Callable[..., str], layers: Any, seen: str):
    """Each of the three forms."""
    assert f"warning: {seen}" == message_of(NAME, fit_of(layers=layers))


@pytest.mark.parametrize(
    "layers",
    [
        [dense(1), dense(2)],
        [dense(1, kernel_initializer="zeros"), dense(2)],
        [dense(1), dense(2, kernel_initializer="zeros")],
        [dense(1, **normal(3.53))],
        [dense(1, **normal(8.0)), dense(2, kind="BatchNormalization")],
        [dense(1, **bias(-4.9))],
        [dense(1, "sigmoid", **bias(-10.0))],
        [dense(1, kernel_initializer="orthogonal"), dense(2, kernel_initializer="identity")],
    ],
    ids=["default", "broken up by the next", "zero head", "just in range", "normalised", "just above", "prior", "own"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], layers: Any):
    """Initial weights that can be learnt from pass."""
    assert Status.PASSED == judge(NAME, fit_of(layers=layers)).status


def test_it_does_not_apply_without_layers(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A model whose layers are not known tells nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

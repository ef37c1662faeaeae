from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "zero-init"


def dense(place: int, activation: str = "tanh", **config: Any) -> dict[str, Any]:
    """A layer of 32 units behind the one before."""
    return {"name": f"l{place}", "layer": "Dense", "activation": activation, "units": 32, "parameters": 288,
            "inputs": [f"l{place - 1}"], "trainable": True, "config": config}  # fmt: skip


ZEROS = {"kernel_initializer": "zeros"}


@pytest.mark.parametrize(
    ("layers", "seen"),
    [
        ([dense(1, **ZEROS), dense(2, **ZEROS)], "'l1' and 'l2' have kernels of zeros: all units stay alike"),
        ([dense(1, "relu", **ZEROS), dense(2)], "'l1' has a kernel of zeros: relu has no slope there"),
    ],
)
def test_it_names_the_layers(fit_of: Callable[..., Any], message_of: Callable[..., str], layers: Any, seen: str):
    """Both forms."""
    assert f"warning: {seen}" == message_of(NAME, fit_of(layers=layers))


@pytest.mark.parametrize(
    "layers",
    [
        [dense(1, **ZEROS), dense(2)],
        [dense(1), dense(2, **ZEROS)],
        [dense(1, "relu", bias_initializer={"identifier": "constant", "value": 0.1}, **ZEROS), dense(2)],
        [{**dense(1, **ZEROS), "trainable": False}, dense(2, **ZEROS)],
    ],
    ids=["broken up by the next", "zero head", "bias opens the relu", "frozen"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], layers: Any):
    """Zeros that the others break up pass."""
    assert Status.PASSED == judge(NAME, fit_of(layers=layers)).status


def test_it_does_not_apply_without_layers(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A model whose layers are not known tells nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "softmax-hidden"


def stack(*layers: tuple[str, str | None, int, bool]) -> list[dict[str, Any]]:
    """A chain of (class, activation, units, use_bias)."""
    return [
        {"name": f"l{i}", "layer": kind, "activation": act, "units": units, "depth": 0, "config": {"use_bias": bias},
         "inputs": [f"l{i - 1}"] if i else []}
        for i, (kind, act, units, bias) in enumerate(layers)
    ]  # fmt: skip


def test_it_names_both_layers(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The softmax and what follows."""
    layers = stack(("Dense", "softmax", 32, True), ("Dropout", None, 0, False), ("Dense", "softmax", 4, True))

    assert "warning: 'l0' applies a softmax inside the model, before 'l2'" == message_of(NAME, fit_of(layers=layers))


@pytest.mark.parametrize(
    "layers",
    [
        stack(("Dense", "relu", 32, True), ("Dense", "softmax", 4, True)),
        stack(("Dense", "softmax", 32, True), ("Dense", "linear", 4, False)),
        stack(("Dense", "softmax", 1, True), ("Dense", "linear", 4, True)),
        stack(("MyAttention", "softmax", 8, True), ("Dense", "linear", 4, True)),
    ],
    ids=["at the end", "codebook", "one unit", "attention"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], layers: Any):
    """A softmax at the end is where it belongs."""
    assert Status.PASSED == judge(NAME, fit_of(layers=layers)).status


def test_it_does_not_apply_to_branches(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Gates and attention are multiplied in."""
    layers = stack(("Dense", "softmax", 32, True), ("Dense", "linear", 4, True))
    layers[1]["inputs"] = ["l0", "x"]

    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(layers=layers)).status

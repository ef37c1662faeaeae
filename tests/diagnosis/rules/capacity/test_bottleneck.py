from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "bottleneck"


def widths(*units: int) -> list[dict[str, Any]]:
    """A chain of dense layers."""
    return [
        {"name": f"l{i}", "layer": "Dense", "units": n, "depth": 0, "inputs": [f"l{i - 1}"] if i else []}
        for i, n in enumerate(units)
    ]


def test_it_names_the_layer(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The narrow layer and the wide one behind it."""
    assert (
        "warning: everything passes 'l1', a hidden layer of 1 unit, on the way to the 4 units of 'l2'"
    ) == message_of(NAME, fit_of(layers=widths(32, 1, 4)))


@pytest.mark.parametrize("layers", [widths(32, 2, 4), widths(32, 1), widths(32, 1, 2)])
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], layers: Any):
    """Two units, or one at the end, pass."""
    assert Status.PASSED == judge(NAME, fit_of(layers=layers)).status


def test_an_autoencoder_may_be_narrow(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Its bottleneck is its purpose."""
    facts = fit_of(layers=widths(32, 1, 8), target={"hash": "a"}, inputs=[{"hash": "a"}])

    assert Status.PASSED == judge(NAME, facts).status


def test_it_does_not_apply_to_branches(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A gate of one unit is multiplied in."""
    layers = widths(32, 1, 4)
    layers[2]["inputs"] = ["l0", "l1"]

    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(layers=layers)).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "dropout-too-high"


def dropped(rate: float, features: int = 32, before: str = "Dense", layer: str = "Dropout") -> list[dict[str, Any]]:
    """A layer and the dropout behind it."""
    return [
        {"name": "one", "layer": before, "inputs": [], "config": {}},
        {"name": "drop", "layer": layer, "inputs": ["one"], "config": {"rate": rate}, "output_shape": [None, features]},
    ]


@pytest.mark.parametrize(("rate", "severity"), [(0.9, "warning"), (0.95, "warning"), (0.8, "info"), (0.89, "info")])
def test_it_names_rate_and_features(
    fit_of: Callable[..., Any], message_of: Callable[..., str], rate: float, severity: str
):
    """From 0.8 a remark, from 0.9 a warning."""
    assert f"{severity}: 'drop' drops {rate:.0%} of 32 features" == message_of(NAME, fit_of(layers=dropped(rate)))


@pytest.mark.parametrize(
    "layers",
    [
        dropped(0.79),
        dropped(0.875, 256),
        dropped(0.9, 512),
        dropped(0.95, 32, "InputLayer"),
        dropped(0.9, layer="SpatialDropout1D"),
    ],
    ids=["just below", "32 are left", "wide", "on inputs", "spatial"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], layers: Any):
    """Enough left, or another purpose, passes."""
    assert Status.PASSED == judge(NAME, fit_of(layers=layers)).status


def test_it_does_not_apply_without_layers(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A model whose layers are not known tells nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "dropout-before-batchnorm"


def stack(rate: float, *kinds: str) -> list[dict[str, Any]]:
    """A dropout and what follows."""
    return [
        {
            "name": f"l{i}",
            "layer": kind,
            "inputs": [f"l{i - 1}"] if i else [],
            "config": {"rate": rate} if not i else {},
        }
        for i, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize(("between", "name"), [([], "l1"), (["ReLU"], "l2")])
def test_it_is_a_remark(fit_of: Callable[..., Any], message_of: Callable[..., str], between: list[str], name: str):
    """Rate and both layers are named."""
    facts = fit_of(layers=stack(0.5, "Dropout", *between, "BatchNormalization"))

    assert f"info: 'l0' (rate 0.5) comes right before '{name}'" == message_of(NAME, facts)


@pytest.mark.parametrize(
    "layers",
    [
        stack(0.5, "Dropout", "Dense", "BatchNormalization"),
        stack(0.09, "Dropout", "BatchNormalization"),
        stack(0.5, "SpatialDropout2D", "BatchNormalization"),
    ],
    ids=["the usual block", "a small rate", "spatial"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], layers: Any):
    """Weights in between pass."""
    assert Status.PASSED == judge(NAME, fit_of(layers=layers)).status


def test_it_does_not_apply_without_layers(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A model whose layers are not known tells nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

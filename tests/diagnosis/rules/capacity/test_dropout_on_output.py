from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "dropout-on-output"
LAYERS = [{"name": "out", "layer": "Dense"}]


def test_it_names_the_layer(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The layer whose answers are dropped."""
    facts = fit_of(output={"passed": ["Softmax", "Dropout"], "head": "out"}, layers=LAYERS)

    assert "warning: a Dropout lies between 'out' and the output" == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"output": {"passed": ["Softmax"], "head": "out"}},
        {"output": {"passed": ["Dropout", "GlobalAveragePooling2D"], "head": "out"}},
        {"output": {"passed": ["Dropout"], "head": "out"}, "custom": True},
        {"output": {"passed": ["Dropout"], "head": "out"}, "loss": "cosine_similarity"},
    ],
    ids=["none", "pooled features", "custom", "embedding"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Features may be dropped."""
    assert Status.PASSED == judge(NAME, fit_of(layers=LAYERS, **change)).status


def test_it_does_not_apply_to_an_unknown_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A custom last layer hides what lies before it."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(output={"head": None})).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "label-shape-broadcast"


@pytest.mark.parametrize("shape", [[600], [600, 1]])
def test_it_names_both_shapes(fit_of: Callable[..., Any], message_of: Callable[..., str], shape: list[int]):
    """One column for six units."""
    assert (
        f"error: the targets have shape {tuple(shape)}, and the output (None, 6): 1 column for 6 units"
    ) == message_of(NAME, fit_of(units=6, target={"shape": shape}))


@pytest.mark.parametrize(
    "change",
    [
        {"units": 1, "target": {"shape": [600]}},
        {"units": 6, "target": {"shape": [600, 6]}},
        {"units": 3, "target": {"shape": [600]}, "custom": True},
        {"units": 3, "target": {"shape": [600]}, "loss": "sparse_categorical_crossentropy"},
        {"units": 3, "target": {"shape": [600, 8, 8, 3]}},
    ],
    ids=["(n,) with (n, 1)", "a column each", "quantiles", "class numbers", "images"],
)
def test_it_is_silent_where_they_fit(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Shapes that Keras aligns, and custom losses, pass."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


def test_it_does_not_apply_without_a_shape(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A subclassed model does not show its outputs."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(units=6, output={"shape": None})).status

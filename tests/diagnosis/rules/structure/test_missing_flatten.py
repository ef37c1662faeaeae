from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "missing-flatten"
SPARSE = "sparse_categorical_crossentropy"


@pytest.mark.parametrize(
    ("loss", "shape", "target"),
    [(SPARSE, [None, 8, 8, 10], [600]), ("mean_squared_error", [None, 16, 1], [600, 1])],
)
def test_it_names_both_shapes(
    fit_of: Callable[..., Any], message_of: Callable[..., str], loss: str, shape: Any, target: Any
):
    """Output and targets are in the message."""
    facts = fit_of(loss=loss, output={"shape": shape}, target={"shape": target})

    assert (
        f"error: the output has shape {tuple(shape)}, and the targets {tuple(target)}: "
        "one answer a position, and one target a row"
    ) == message_of(NAME, facts)


@pytest.mark.parametrize(
    ("loss", "shape", "target"),
    [
        (SPARSE, [None, 10], [600]),
        (SPARSE, [None, 8, 8, 10], [600, 8, 8]),
        (SPARSE, [None, 7, 10], [600, 7]),
        ("mean_squared_error", [None, 16, 1], [600, 16]),
        (SPARSE, [None, 1, 1, 10], [600]),
        (SPARSE, [None, None, None, 10], [600]),
    ],
    ids=["flat", "segmentation", "a class a token", "seq2seq", "fully convolutional", "any size"],
)
def test_it_is_silent_where_they_fit(
    fit_of: Callable[..., Any], judge: Callable[..., Any], loss: str, shape: Any, target: Any
):
    """Targets with the output's axes pass."""
    facts = fit_of(loss=loss, output={"shape": shape}, target={"shape": target})

    assert Status.PASSED == judge(NAME, facts).status


def test_it_does_not_apply_without_a_shape(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A subclassed model does not show its outputs."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(output={"shape": None})).status

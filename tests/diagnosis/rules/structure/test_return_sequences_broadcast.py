from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "return-sequences-broadcast"
LSTM = [{"name": "lstm", "layer": "LSTM", "config": {"return_sequences": True}}]


@pytest.mark.parametrize("target", [[600], [600, 1]])
def test_it_names_layer_and_shapes(fit_of: Callable[..., Any], message_of: Callable[..., str], target: list[int]):
    """The layer that returns them is named."""
    facts = fit_of(output={"shape": [None, 16, 1]}, target={"shape": target}, layers=LSTM)

    assert (
        f"error: 'lstm' returns sequences: the output has shape (None, 16, 1), and the targets {tuple(target)}"
    ) == message_of(NAME, facts)


@pytest.mark.parametrize(
    ("shape", "target", "layers"),
    [
        ([None, 16, 1], [600, 16, 1], LSTM),
        ([None, 16, 1], [600, 16], LSTM),
        ([None, 1], [600], LSTM),
        ([None, 16, 1], [600], []),
    ],
    ids=["seq2seq", "a number a step", "pooled", "missing-flatten"],
)
def test_it_is_silent_where_they_fit(
    fit_of: Callable[..., Any], judge: Callable[..., Any], shape: Any, target: Any, layers: Any
):
    """Targets with an axis of time, or an output without, pass."""
    facts = fit_of(output={"shape": shape}, target={"shape": target}, layers=layers)

    assert Status.PASSED == judge(NAME, facts).status


def test_it_does_not_apply_to_unknown_steps(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """One step would be no fault."""
    facts = fit_of(output={"shape": [None, None, 1]}, target={"shape": [600]}, layers=LSTM)

    assert Status.NOT_APPLICABLE == judge(NAME, facts).status

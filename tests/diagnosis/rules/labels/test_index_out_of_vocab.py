from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "index-out-of-vocab"


def embedding(size: int, *between: str) -> list[dict[str, Any]]:
    """A model that begins with an Embedding of that size."""
    kinds = ["InputLayer", *between, "Embedding"]
    return [
        {
            "name": f"l{i}",
            "layer": kind,
            "depth": 0,
            "inputs": [f"l{i - 1}"] if i else [],
            "config": {"input_dim": size},
        }
        for i, kind in enumerate(kinds)
    ]


def ids(low: float, high: float) -> list[dict[str, Any]]:
    """Token ids in that range."""
    return [{"name": None, "minimum": low, "maximum": high}]


@pytest.mark.parametrize(("low", "high"), [(1.0, 30.0), (-1.0, 29.0)])
def test_it_names_range_and_size(fit_of: Callable[..., Any], message_of: Callable[..., str], low: float, high: float):
    """Range and input_dim are in the message."""
    assert (f"error: the ids for 'l1' go from {low:g} to {high:g}, and its input_dim is 30") == message_of(
        NAME, fit_of(inputs=ids(low, high), layers=embedding(30))
    )


def test_inputs_are_matched_by_name(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Of a mapping of arrays the Embedding's own counts."""
    inputs = [{"name": "l0", "minimum": 0.0, "maximum": 9.0}, {"name": "age", "minimum": 0.0, "maximum": 99.0}]

    assert Status.PASSED == judge(NAME, fit_of(inputs=inputs, layers=embedding(30))).status


@pytest.mark.parametrize(
    ("inputs", "layers"),
    [
        (ids(0, 29), embedding(30)),
        (ids(0, 99), embedding(30, "Hashing")),
        (ids(0, 99), [{"name": "d", "layer": "Dense"}]),
    ],
    ids=["in range", "hashed", "no embedding"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], inputs: Any, layers: Any):
    """Ids that have a row, or are mapped first, pass."""
    assert Status.PASSED == judge(NAME, fit_of(inputs=inputs, layers=layers)).status


def test_it_does_not_apply_to_unseen_ids(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Ids that were not scanned tell nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(inputs=[{"shape": [9]}], layers=embedding(30))).status

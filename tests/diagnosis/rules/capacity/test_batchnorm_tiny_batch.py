from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "batchnorm-tiny-batch"


def normalised(shape: list[int | None], **change: Any) -> list[dict[str, Any]]:
    """A model with one normalisation."""
    return [{"name": "bn", "layer": "BatchNormalization", "output_shape": shape, "trainable": True, **change}]


@pytest.mark.parametrize("size", [1, 4])
def test_it_counts_the_values(fit_of: Callable[..., Any], message_of: Callable[..., str], size: int):
    """Layer and batch size are named."""
    assert (f"warning: 'bn' takes mean and variance of {size} values a feature (batch_size={size})") == message_of(
        NAME, fit_of(layers=normalised([None, 32]), fit={"batch_size": size})
    )


@pytest.mark.parametrize(
    ("layers", "size"),
    [
        (normalised([None, 32]), 5),
        (normalised([None, 16, 16, 8]), 1),
        (normalised([None, 32], trainable=False), 1),
        ([{"name": "ln", "layer": "LayerNormalization", "output_shape": [None, 32]}], 1),
    ],
    ids=["just enough", "large maps", "frozen", "layer normalisation"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], layers: Any, size: int):
    """Enough values pass."""
    assert Status.PASSED == judge(NAME, fit_of(layers=layers, fit={"batch_size": size})).status


def test_it_does_not_apply_to_unknown_batches(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A stream makes its own batches."""
    facts = fit_of(layers=normalised([None, 32]), fit={"batch_size": None})

    assert Status.NOT_APPLICABLE == judge(NAME, facts).status

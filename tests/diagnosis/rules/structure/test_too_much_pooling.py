from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "too-much-pooling"


def stack(*layers: tuple[str, list[int | None]]) -> list[dict[str, Any]]:
    """A chain of (class, output shape without the batch axis)."""
    return [
        {
            "name": f"l{i}",
            "layer": kind,
            "depth": 0,
            "output_shape": [None, *shape],
            "inputs": [f"l{i - 1}"] if i else [],
        }
        for i, (kind, shape) in enumerate(layers)
    ]


def test_it_names_the_layer_and_what_is_left(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Sizes, features and classes are in the message."""
    layers = stack(("InputLayer", [8, 8, 1]), ("Conv2D", [2, 2, 8]), ("MaxPooling2D", [1, 1, 8]), ("Dense", [10]))

    assert ("warning: 'l2' pools [8, 8] down to [1, 1] and leaves 8 features for 10 classes") == message_of(
        NAME, fit_of(units=10, layers=layers)
    )


@pytest.mark.parametrize(
    "layers",
    [
        stack(("InputLayer", [8, 8, 1]), ("MaxPooling2D", [2, 2, 4]), ("Dense", [10])),
        stack(("InputLayer", [32, 32, 3]), ("Conv2D", [2, 2, 512]), ("MaxPooling2D", [1, 1, 512]), ("Dense", [10])),
        stack(("InputLayer", [8, 8, 1]), ("Conv2D", [8, 8, 8]), ("GlobalAveragePooling2D", [8]), ("Dense", [10])),
        stack(("InputLayer", [3, 3, 1]), ("MaxPooling2D", [1, 1, 8]), ("Dense", [10])),
    ],
    ids=["a map is left", "VGG", "global pooling", "tiny images"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], layers: Any):
    """Enough features pass."""
    assert Status.PASSED == judge(NAME, fit_of(units=10, layers=layers)).status


def test_it_does_not_apply_to_unknown_sizes(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A fully convolutional model takes any size."""
    layers = stack(("InputLayer", [None, None, 1]), ("MaxPooling2D", [None, None, 8]))

    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(units=10, layers=layers)).status

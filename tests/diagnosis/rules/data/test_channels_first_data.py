from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "channels-first-data"


def convolution(data_format: str = "channels_last", *before: str) -> list[dict[str, Any]]:
    """A model that begins with a convolution."""
    kinds = ["InputLayer", *before, "Conv2D"]
    return [
        {"name": f"l{i}", "layer": kind, "inputs": [f"l{i - 1}"] if i else [], "config": {"data_format": data_format}}
        for i, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_it_names_the_shape(fit_of: Callable[..., Any], message_of: Callable[..., str], channels: int):
    """Shape and layer are in the message."""
    facts = fit_of(inputs=[{"shape": [600, channels, 32, 32]}], layers=convolution())

    assert (
        f"warning: the inputs have shape (600, {channels}, 32, 32), which looks like {channels} channels first, "
        "and 'l1' expects them last"
    ) == message_of(NAME, facts)


@pytest.mark.parametrize(
    ("shape", "layers"),
    [
        ([600, 32, 32, 3], convolution()),
        ([600, 1, 128, 40], convolution()),
        ([600, 3, 7, 7], convolution()),
        ([600, 2, 32, 32], convolution()),
        ([600, 3, 32, 32], convolution("channels_first")),
        ([600, 3, 32, 32], convolution("channels_last", "Permute")),
        ([600, 8], []),
    ],
    ids=["last", "spectrogram", "tiny", "two frames", "told so", "permuted", "table"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], shape: Any, layers: Any):
    """Other shapes and models pass."""
    facts = fit_of(inputs=[{"shape": shape}], layers=layers or [{"name": "d", "layer": "Dense"}])

    assert Status.PASSED == judge(NAME, facts).status


def test_it_does_not_apply_without_layers(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A model whose layers are not known tells nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(inputs=[{"shape": [600, 3, 32, 32]}])).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "double-scaling"


def images(high: float, low: float = 0.0) -> list[dict[str, Any]]:
    """Images of that range."""
    return [{"shape": [600, 12, 12, 1], "kind": "float", "minimum": low, "maximum": high}]


def rescaling(scale: float) -> list[dict[str, Any]]:
    """A model that begins with a Rescaling."""
    return [
        {"name": "in", "layer": "InputLayer", "inputs": []},
        {"name": "scale", "layer": "Rescaling", "inputs": ["in"], "config": {"scale": scale}},
    ]


def test_it_fires_on_black_images(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The largest value is named."""
    assert ("warning: the largest value of the images is 0.00392, 1/255 of what one division leaves") == message_of(
        NAME, fit_of(inputs=images(1 / 255))
    )


def test_it_fires_on_scaled_images_that_the_model_scales(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Range and factor are named."""
    assert ("warning: the images lie between 0 and 1, and the model rescales them by 0.00392") == message_of(
        NAME, fit_of(inputs=images(1.0), layers=rescaling(1 / 255))
    )


@pytest.mark.parametrize(
    ("inputs", "layers"),
    [
        (images(1.0), []),
        (images(1.06 / 255), []),
        (images(255.0), rescaling(1 / 255)),
        (images(1.0), rescaling(0.011)),
        (images(1.0, -1.0), rescaling(1 / 255)),
        ([{"shape": [600, 8], "kind": "float", "minimum": 0.0, "maximum": 0.001}], []),
    ],
    ids=["scaled once", "just brighter", "raw pixels", "another factor", "signed", "no images"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], inputs: Any, layers: Any):
    """One scaling passes."""
    assert Status.PASSED == judge(NAME, fit_of(inputs=inputs, layers=layers)).status


def test_it_does_not_apply_without_inputs(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A stream that was not looked at tells nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(inputs=[])).status

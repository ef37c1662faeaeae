from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "padding-counted"


def tagger(share: float = 0.9, agreement: float = 1.0, **change: Any) -> dict[str, Any]:
    """A tagger of 60 positions with that much padding."""
    return {
        "loss": "sparse_categorical_crossentropy",
        "activation": "softmax",
        "units": 6,
        "output": {"shape": [None, 60, 6]},
        "target": {"shape": [600, 60]},
        "metrics": [{"name": "accuracy", "identifier": "sparse_categorical_accuracy"}],
        "data": {"padding": {"share": share, "agreement": agreement}},
        **change,
    }


def curve(accuracy: float) -> dict[str, Any]:
    """Ten epochs that end with that accuracy."""
    return {"metrics": {"train/loss": [1.0] * 10, "val/accuracy": [accuracy] * 10}}


def test_padding_alone_is_a_remark(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The model may be good all the same."""
    expected = "info: 90% of the positions are padding, and loss and metrics count them"

    assert expected == message_of(NAME, fit_of(**tagger()))


def test_an_accuracy_that_hides_the_rest_is_an_alarm(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """92 % with 90 % of padding leaves 20 % of the real positions."""
    assert (
        "warning: 90% of the positions are padding, and loss and metrics count them; the last accuracy is 92.0%, "
        "20% on the real ones"
    ) == message_of(NAME, fit_of(**tagger()), **curve(0.92))


def test_an_accuracy_that_hides_little_is_a_remark(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """98 % with 90 % of padding leaves 80 % of the real positions."""
    assert message_of(NAME, fit_of(**tagger()), **curve(0.98)).startswith("info: ")


@pytest.mark.parametrize(
    "change",
    [
        tagger(0.29),
        tagger(agreement=0.98),
        tagger(layers=[{"name": "e", "layer": "Embedding", "config": {"mask_zero": True}}]),
        tagger(layers=[{"name": "m", "layer": "Masking"}]),
        tagger(fit={"sample_weight": True}),
        tagger(config={"ignore_class": 0}),
    ],
    ids=["little", "0 is a class", "mask_zero", "Masking", "sample weights", "ignore_class"],
)
def test_what_is_masked_passes(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """In each of the ways that Keras knows."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


def test_it_does_not_apply_where_the_positions_were_not_seen(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """The inputs may be no token ids."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(**tagger(data={}))).status

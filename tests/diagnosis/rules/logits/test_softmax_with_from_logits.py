from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "softmax-with-from-logits"
LOSS = "sparse_categorical_crossentropy"


def test_it_fires(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The message names the loss and the output's end."""
    facts = fit_of(loss=LOSS, activation="softmax", units=4, from_logits=True)

    assert f"warning: loss={LOSS} has from_logits=True, and the output ends in a softmax" == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"activation": "softmax", "from_logits": False},
        {"activation": "linear", "from_logits": True},
        {"activation": "softmax", "from_logits": True, "custom": True},
        {"activation": "softmax", "from_logits": None, "loss": "mean_squared_error"},
    ],
)
def test_it_is_silent_on_pairs_that_fit(fit_of: Callable[..., Any], judge: Callable[..., Any], change: Any):
    """Probabilities with from_logits=False and logits with True belong together."""
    assert Status.PASSED == judge(NAME, fit_of(**{"loss": LOSS, "units": 4, **change})).status


def test_it_does_not_apply_to_an_unknown_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A custom last layer may do anything."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(loss=LOSS, activation=None, from_logits=True)).status

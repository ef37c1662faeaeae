from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "sigmoid-with-from-logits"


@pytest.mark.parametrize("activation", ["sigmoid", "hard_sigmoid"])
def test_it_fires(fit_of: Callable[..., Any], message_of: Callable[..., str], activation: str):
    """The message names the loss and the output's end."""
    facts = fit_of(loss="binary_crossentropy", activation=activation, from_logits=True)

    assert (
        f"warning: loss=binary_crossentropy has from_logits=True, and the output ends in a {activation}"
    ) == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"activation": "sigmoid", "from_logits": False},
        {"activation": "linear", "from_logits": True},
        {"activation": "sigmoid", "from_logits": True, "custom": True},
    ],
)
def test_it_is_silent_on_pairs_that_fit(fit_of: Callable[..., Any], judge: Callable[..., Any], change: Any):
    """Probabilities with from_logits=False and logits with True belong together."""
    assert Status.PASSED == judge(NAME, fit_of(loss="binary_crossentropy", **change)).status


def test_it_does_not_apply_to_an_unknown_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A custom last layer may do anything."""
    facts = fit_of(loss="binary_crossentropy", activation=None, from_logits=True)

    assert Status.NOT_APPLICABLE == judge(NAME, facts).status

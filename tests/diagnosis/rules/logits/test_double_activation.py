from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "double-activation"


def end(activations: list[str | None], passed: list[str], scales: Any = ()) -> dict[str, Any]:
    """An output that ends so."""
    return {"activations": activations, "passed": passed, "scales": list(scales)}


@pytest.mark.parametrize(
    ("last", "before"), [("softmax", "softmax"), ("softmax", "sigmoid"), ("sigmoid", "relu"), ("softmax", "relu")]
)
def test_it_fires_on_two_activations(
    fit_of: Callable[..., Any], message_of: Callable[..., str], last: str, before: str
):
    """Both are named."""
    facts = fit_of(activation=last, output=end([last, before], ["Activation"]))

    assert f"warning: the output is a {last} of a {before}" == message_of(NAME, facts)


@pytest.mark.parametrize(
    ("activations", "passed", "scales"),
    [
        (["softmax", "linear"], ["Softmax"], []),
        (["softmax"], [], []),
        (["softmax", "relu"], ["Activation", "GlobalAveragePooling2D"], []),
        (["softmax", "tanh"], ["Softmax"], []),
        (["sigmoid", "sigmoid"], ["Activation", "Rescaling"], [[8.0, -4.0]]),
        (["softmax", None], ["Softmax"], []),
    ],
    ids=["an activation layer of its own", "one", "Network in Network", "bounded logits", "rescaled", "unknown"],
)
def test_it_is_silent_on_one(
    fit_of: Callable[..., Any], judge: Callable[..., Any], activations: Any, passed: Any, scales: Any
):
    """One activation, or a published end, passes."""
    facts = fit_of(activation=activations[0], output=end(activations, passed, scales))

    assert Status.PASSED == judge(NAME, facts).status


def test_it_does_not_apply_to_an_unknown_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A custom last layer may do anything."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(activation=None)).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "exploding-gradient"
FLAT, LEARNT = {"train/loss": [1.0] * 10}, {"train/loss": [1.0, *[0.1] * 9]}
GROWN = {"layers": {"weight_scale": [0.1, 2.5, 0.1]}, "probes": {"initial_scale": [0.1, 0.1, 0.1]}}


@pytest.mark.parametrize(
    ("facts", "metrics", "message"),
    [
        (GROWN, {"train/loss": [9.0, float("nan")]}, "the weights of 'l2' have grown 25 times; the loss is nan"),
        (
            {"scalars": {"gradient": [50.0, 400.0, 2e4]}},
            FLAT,
            "the gradient's norm has grown from 50 to 2e+04; after 10 epochs the loss is 1, and a constant prediction "
            "has 1",
        ),
    ],
)
def test_it_names_what_has_grown(
    probed: Callable[..., Any], message_of: Callable[..., str], facts: Any, metrics: Any, message: str
):
    """Weights or the gradient, and what became of the training."""
    known = probed(**{"layers": {"dead": [0.0, 0.0, 0.0]}, **facts}, target={"std": 1.0})

    assert f"warning: {message}" == message_of(NAME, known, metrics=metrics)


@pytest.mark.parametrize(
    ("facts", "metrics"),
    [
        (GROWN, LEARNT),
        ({**GROWN, "probes": {"initial_scale": [0.1, 0.26, 0.1]}}, FLAT),
        ({**GROWN, "probes": {"initial_scale": [0.1, 0.005, 0.1]}}, FLAT),
        ({"layers": {"weight_scale": [0.1, 0.49, 0.1]}, "probes": {"initial_scale": [0.1, 0.03, 0.1]}}, FLAT),
        ({"scalars": {"gradient": [50.0, 400.0, 999.0]}}, FLAT),
        ({"scalars": {"gradient": [5e3, 5e3, 2e4]}}, FLAT),
    ],
    ids=["it learns", "just below", "it began near 0", "still small", "a small gradient", "a large loss"],
)
def test_it_is_silent_elsewhere(probed: Callable[..., Any], judge: Callable[..., Any], facts: Any, metrics: Any):
    """Growth of a network that learns, or from next to nothing, passes."""
    known = probed(**{"layers": {"dead": [0.0, 0.0, 0.0]}, **facts}, target={"std": 1.0})

    assert Status.PASSED == judge(NAME, known, metrics=metrics).status


def test_it_does_not_apply_without_probes(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Curves alone do not tell."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(), metrics=FLAT).status

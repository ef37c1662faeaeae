from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "class-weight-inverted"


@pytest.mark.parametrize(
    ("counts", "weights", "seen"),
    [
        (
            {"0": 540, "1": 60},
            {"0": 9.0, "1": 0.1},
            "the classes are 1 to 9 and weighted 1 to 810 (0: 540 rows × 9, 1: 60 rows × 0.1)",
        ),
        ({"0": 300, "1": 300}, {"0": 1.0, "1": 0.0}, "class 1 has weight 0 (0: 300 rows × 1, 1: 300 rows × 0)"),
    ],
)
def test_it_fires(fit_of: Callable[..., Any], message_of: Callable[..., str], counts: Any, weights: Any, seen: str):
    """Counts and weights are in the message."""
    facts = fit_of(loss="binary_crossentropy", target={"class_counts": counts}, fit={"class_weight": weights})

    assert f"warning: class_weight: {seen}" == message_of(NAME, facts)


@pytest.mark.parametrize(
    ("counts", "weights"),
    [
        ({"0": 540, "1": 60}, {"0": 0.56, "1": 5.0}),
        ({"0": 540, "1": 60}, {"0": 1.9, "1": 1.0}),
        ({"0": 300, "1": 300}, {"0": 10.0, "1": 1.0}),
        ({"0": 100, "1": 300, "2": 200}, {"0": 0.0}),
        ({"0": 540, "1": 60}, {"0": 0.01, "1": 1.0}),
    ],
    ids=["balanced", "below twice", "unequal costs", "an ignored class", "lifted beyond balance"],
)
def test_it_is_silent(fit_of: Callable[..., Any], judge: Callable[..., Any], counts: Any, weights: Any):
    """Weights that lift the rare class, or that follow costs, pass."""
    facts = fit_of(loss="binary_crossentropy", target={"class_counts": counts}, fit={"class_weight": weights})

    assert Status.PASSED == judge(NAME, facts).status


@pytest.mark.parametrize("change", [{}, {"fit": {"class_weight": {"0": 1.0}}}])
def test_it_does_not_apply(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Without weights or without counts there is nothing to weigh."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(**change)).status

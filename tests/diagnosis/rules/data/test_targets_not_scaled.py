from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "targets-not-scaled"


@pytest.mark.parametrize(("mean", "std"), [(101.0, 1.0), (0.0, 101.0)])
def test_targets_alone_are_a_remark(
    fit_of: Callable[..., Any], message_of: Callable[..., str], mean: float, std: float
):
    """Mean and spread are named."""
    expected = f"info: the targets have mean {mean:.4g} and standard deviation {std:.4g}, and the output starts near 0"

    assert expected == message_of(NAME, fit_of(target={"mean": mean, "std": std}))


def test_a_training_that_did_not_learn_confirms_it(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A loss above the variance is worse than a constant."""
    facts = fit_of(target={"mean": 0.0, "std": 1000.0})
    (finding,) = judge(NAME, facts, metrics={"train/loss": [1.2e6] * 10}).findings

    assert "warning" == finding.severity
    assert "after 10 epochs the loss is 1.2e+06, and a constant prediction has 1e+06" in finding.message


@pytest.mark.parametrize(
    "change",
    [
        {"target": {"mean": 100.0, "std": 1.0}},
        {"target": {"mean": 0.0, "std": 1e3}, "output": {"scales": [[1e3, 0.0]]}},
        {"target": {"mean": 0.0, "std": 1e3}, "activation": "relu"},
        {
            "target": {"mean": 200.0, "std": 1.0},
            "output": {"head": "out"},
            "layers": [{"name": "out", "layer": "Dense", "config": {"bias_initializer": "constant"}}],
        },
    ],
    ids=["just near", "rescaled", "no linear output", "bias set"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """An output that begins where the targets are passes."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


def test_it_does_not_apply_to_unseen_targets(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Without mean and spread it cannot tell."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "too-few-epochs"
SHORT = {"batches": 22, "epochs": 2}


@pytest.mark.parametrize(("rows", "severity"), [(600, "warning"), (199, "info")])
def test_it_counts_updates(fit_of: Callable[..., Any], message_of: Callable[..., str], rows: int, severity: str):
    """A smoke test gets a remark."""
    facts = fit_of(fit=SHORT, data={"rows": rows})

    assert (f"{severity}: 44 updates in 2 epochs, and the loss fell by 25% in the last one") == message_of(
        NAME, facts, metrics={"train/loss": [2.0, 1.5], "val/loss": [1.9, 1.4]}
    )


@pytest.mark.parametrize(
    ("fit", "metrics"),
    [
        ({"batches": 50, "epochs": 2}, {"train/loss": [2.0, 1.5]}),
        (SHORT, {"train/loss": [2.0, 1.91]}),
        (SHORT, {"train/loss": [2.0, 1.5], "val/loss": [1.9, 2.0]}),
        ({**SHORT, "batch_size": 150}, {"train/loss": [2.0, 1.5]}),
        (SHORT, {"train/loss": [-1.0, -2.0]}),
    ],
    ids=["100 updates", "just flat", "validation rises", "batch-too-large", "negative loss"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], fit: Any, metrics: Any):
    """Enough updates, or a flat end, pass."""
    assert Status.PASSED == judge(NAME, fit_of(fit=fit), metrics=metrics).status


@pytest.mark.parametrize("losses", [[], [2.0]])
def test_it_does_not_apply_before_the_end(fit_of: Callable[..., Any], judge: Callable[..., Any], losses: list[float]):
    """One epoch has no slope."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(fit=SHORT), metrics={"train/loss": losses}).status


@pytest.mark.parametrize(
    ("change", "last"),
    [
        ({"model": {"changed_weights": 1.0}}, 0.8),
        ({"optimizer": {"schedule": {"identifier": "cosine_decay", "decay_steps": 57}}}, 0.8),
        ({}, 0.1),
        ({"target": {"std": 10.0}}, 0.8),
    ],
    ids=["fine-tuning", "a schedule that has run out", "arrived", "little left to fall"],
)
def test_a_training_that_is_short_by_design_is_a_remark(
    fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any], last: float
):
    """It was meant to end here, or has come where it was going."""
    facts = fit_of(fit={"epochs": 3}, **{"target": {"std": 1.0}, **change})
    (finding,) = judge(NAME, facts, metrics={"train/loss": [1.2, 1.0, last]}).findings

    assert "info" == finding.severity

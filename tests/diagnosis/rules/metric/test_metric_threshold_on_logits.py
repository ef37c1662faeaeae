from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "metric-threshold-on-logits"


def cut(threshold: float | None, identifier: str = "binary_accuracy") -> list[dict[str, Any]]:
    """One metric with that threshold."""
    return [{"name": "accuracy", "identifier": identifier, "threshold": threshold}]


@pytest.mark.parametrize("identifier", ["binary_accuracy", "precision"])
def test_it_fires_on_the_default(fit_of: Callable[..., Any], message_of: Callable[..., str], identifier: str):
    """The message says what 0.5 means for a logit."""
    facts = fit_of(loss="binary_crossentropy", from_logits=True, metrics=cut(0.5, identifier))

    assert (
        "warning: metric 'accuracy' cuts at 0.5, and the output is logits (from_logits=True): "
        "a logit of 0.5 is a probability of 0.62"
    ) == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"metrics": cut(0.0)},
        {"metrics": cut(None, "auc")},
        {"metrics": cut(0.5), "activation": "sigmoid"},
        {"metrics": cut(0.5), "from_logits": False},
        {"metrics": cut(0.5), "custom": True},
    ],
    ids=["threshold 0", "no threshold", "probabilities", "no logits", "custom"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """A threshold that was chosen passes."""
    assert Status.PASSED == judge(NAME, fit_of(**{"loss": "binary_crossentropy", "from_logits": True, **change})).status


def test_it_does_not_apply_to_an_unknown_end(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A custom last layer may do anything."""
    facts = fit_of(loss="binary_crossentropy", from_logits=True, activation=None, metrics=cut(0.5))

    assert Status.NOT_APPLICABLE == judge(NAME, facts).status


def test_every_metric_is_named_with_its_own_remedy(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """AUC is told in other words than precision, in one finding."""
    metrics = [
        {"name": "p", "identifier": "precision", "threshold": 0.5},
        {"name": "r", "identifier": "recall", "threshold": 0.5},
        {"name": "auc", "identifier": "auc", "from_logits": False},
    ]
    (finding,) = judge(NAME, fit_of(loss="binary_crossentropy", from_logits=True, metrics=metrics)).findings

    assert finding.message.startswith("metrics 'p', 'r' cut at 0.5 and metric 'auc' expects probabilities")
    assert finding.fix.startswith("pass Precision(thresholds=0.0), Recall(thresholds=0.0), AUC(from_logits=True);")

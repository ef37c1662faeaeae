"""Binary accuracy of exclusive classes.

## How it is detected
`binary_accuracy` is asked for an output of K ≥ 3 units, and the targets are one-hot (every row that was looked at, at
least 32 of them), or class numbers beyond 1 under a sparse loss. Multi-label rows pass: there it is the right metric.

## Why it matters
It counts every unit as a question of its own: a model that always says "no" to all of them is right in (K - 1) / K of
the cases, 90 % for ten classes.

## What to do
Use `metrics=["accuracy"]`, which Keras resolves by the shapes.

## References
- Keras documentation, Accuracy metrics: https://keras.io/api/metrics/accuracy_metrics/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import SPARSE
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class BinaryMetricOnMulticlass(HeadRule):
    """Each class counted as a yes-or-no question.

    Args:
        min_classes: Least number of units.
        min_rows: Least number of target rows that must have been looked at.
    """

    code = "TX402"
    name = "binary-metric-on-multiclass"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    needs = ("units", "target.shape")

    min_classes: int = 3
    min_rows: int = 32

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where a binary accuracy meets exclusive classes."""
        binary = [m.get("name") for m in head.metrics if m.get("identifier") == "binary_accuracy"]
        numbers = head.loss_name in SPARSE and (head.target.get("maximum") or 0) > 1
        exclusive = (head.one_hot and head.units == head.columns and not fit.is_input(head.target)) or numbers
        if not binary or (head.units or 0) < self.min_classes or not exclusive:
            return
        if head.target.get("sampled_rows", 0) < self.min_rows:
            yield NotApplicable(f"fit {fit.index}: it takes {self.min_rows} target rows")
            return
        yield self.finding(
            f"metric {binary[0]!r}{head.where} is a binary accuracy, and the {head.units} classes exclude each other",
            'use metrics=["accuracy"]',
            fit=fit.index,
        )

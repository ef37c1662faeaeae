"""Accuracy as the metric of a regression.

## How it is detected
A regression loss of Keras's own meets an accuracy (binary, categorical, sparse, or just "accuracy") on targets of more
than 20 different values that are not all 0 or 1: whole numbers with fewer values may be classes, and then
`regression-on-class-ids` judges them. Silent for 0/1 floats, probabilities of a classifier (a sigmoid or softmax with
targets between 0 and 1), and custom losses. On runs without facts it is **info**: the config names a regression loss,
and the history has an accuracy.

## Why it matters
It counts the rows whose prediction, rounded or compared as it is, equals a real number: near 0 for the best model.

## What to do
Watch the mean absolute error or R².

## References
- Stack Overflow 48775305, 45632549 and 51181393.
- Keras documentation, Accuracy metrics: https://keras.io/api/metrics/accuracy_metrics/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import ACCURACIES, REGRESSION
from trackexp.diagnosis.evidence.plain_runs import loss_in_config
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, RunRecord, Severity, canonical_name


@dataclass(frozen=True)
class AccuracyOnRegression(HeadRule):
    """Right answers are counted where there are no classes.

    Args:
        min_distinct_values: More different values than this in the sample are no classes.
    """

    code = "TX401"
    name = "accuracy-on-regression"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    losses = REGRESSION
    needs = ("target.minimum", "target.maximum")

    min_distinct_values: int = 20

    def examine(self, record: RunRecord) -> Iterator[Finding | NotApplicable]:
        """Check every fit by its facts; a run without any by the loss that its config names."""
        loss, key = loss_in_config(record), next((k for k in record.metrics() if _is_accuracy(k)), "")
        if record.facts or loss not in REGRESSION or not key:
            yield from super().examine(record)
            return
        yield self.finding(
            f"the config says loss={loss}, and {key!r} counts right answers: one of the two does not fit",
            "watch the mean absolute error or R² of a regression, and train a classifier with a crossentropy",
            severity=Severity.INFO,
        )

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where an accuracy meets real targets."""
        target = head.target
        names = [metric.get("name", "") for metric in head.metrics if metric.get("identifier") in ACCURACIES]
        low, high, distinct = target.get("minimum") or 0.0, target.get("maximum") or 0.0, target.get("distinct")
        shares = head.activation in ("sigmoid", "softmax", None) and low >= 0 and high <= 1
        few = distinct is not None and distinct <= self.min_distinct_values
        if names and not few and not shares and not target.get("zero_one"):
            many = f"{distinct:,}" if distinct is not None else "more than 4,096"
            yield self.finding(
                f"metric {names[0]!r}{head.where} counts equal values, and the targets are {many} different numbers "
                f"from {low:.4g} to {high:.4g} under loss={head.loss_name}",
                'watch metrics=["mae"] or keras.metrics.R2Score() instead',
                fit=fit.index,
            )


def _is_accuracy(key: str) -> bool:
    return canonical_name(key).removeprefix("train/").removeprefix("val/") in ACCURACIES

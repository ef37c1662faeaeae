"""A metric that cuts at 0.5 over an output of logits.

## How it is detected
Keras's own binary crossentropy has `from_logits=True`, the output is linear, and a metric of Keras's own (binary
accuracy, also as "accuracy" over one unit, precision, recall, F-scores) has the threshold 0.5. A threshold of 0, or
any other, was chosen, and passes.

## Why it matters
A logit of 0.5 is a probability of 0.62: rows between 0.5 and 0.62 are counted as negative. Accuracy, precision and
recall are those of another model than the one that was trained.

## What to do
Pass `threshold=0.0`, or end in a sigmoid with `from_logits=False`.

## References
- Keras documentation, Accuracy metrics: https://keras.io/api/metrics/accuracy_metrics/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import BINARY
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Finding, Severity

_CUTTING = frozenset({"binary_accuracy", "precision", "recall", "f1_score", "fbeta_score"})


@dataclass(frozen=True)
class MetricThresholdOnLogits(HeadRule):
    """A probability's threshold over logits.

    Args:
        threshold: The cut that is meant for probabilities: Keras's default.
    """

    code = "TX403"
    name = "metric-threshold-on-logits"
    severity = Severity.WARNING
    losses = BINARY
    needs = ("activation",)

    threshold: float = 0.5

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where logits are cut at 0.5."""
        if head.activation != "linear" or head.loss.get("from_logits") is not True:
            return
        names = [
            metric.get("name")
            for metric in head.metrics
            if metric.get("identifier") in _CUTTING and metric.get("threshold") == self.threshold
        ]
        if names:
            yield self.finding(
                f"metric {names[0]!r}{head.where} cuts at {self.threshold:g}, and the output is logits "
                "(from_logits=True): a logit of 0.5 is a probability of 0.62",
                "pass keras.metrics.BinaryAccuracy(threshold=0.0), or end in a sigmoid with from_logits=False",
                fit=fit.index,
            )

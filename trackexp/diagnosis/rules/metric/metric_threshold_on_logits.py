"""Metrics that expect probabilities, over an output of logits.

## How it is detected
Keras's own binary crossentropy has `from_logits=True`, the output is linear, and a metric of Keras's own counts with
probabilities: binary accuracy (also as "accuracy" over one unit), precision, recall and F-scores with the threshold
0.5; AUC, whose thresholds lie between 0 and 1, or a crossentropy as a metric, both without `from_logits=True`. A
threshold of 0, or any other, was chosen, and passes.

## Why it matters
A logit of 0.5 is a probability of 0.62: rows between 0.5 and 0.62 are counted as negative. An area over thresholds from
0 to 1 sees all logits below 0 as one value, and all above 1 as another. The numbers are those of another model than the
one that was trained.

## What to do
Pass `threshold=0.0` to binary accuracy, `thresholds=0.0` to precision and recall, `from_logits=True` to AUC; or end in
a sigmoid with `from_logits=False`.

## References
- Keras documentation, Accuracy metrics: https://keras.io/api/metrics/accuracy_metrics/
- keras-team/keras issue 15715, tensorflow/tensorflow issue 42182.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import BINARY
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, MetricFacts, Severity

# What to pass to each, by the metric's identifier.
_CUTTING = {
    "binary_accuracy": "BinaryAccuracy(threshold=0.0)",
    "precision": "Precision(thresholds=0.0)",
    "recall": "Recall(thresholds=0.0)",
    "f1_score": "F1Score(threshold=0.5) over a sigmoid",
    "fbeta_score": "FBetaScore(threshold=0.5) over a sigmoid",
}
_COUNTING = {
    "auc": "AUC(from_logits=True)",
    "binary_crossentropy": "BinaryCrossentropy(from_logits=True)",
}


@dataclass(frozen=True)
class MetricThresholdOnLogits(HeadRule):
    """A probability's threshold over logits.

    Args:
        threshold: The cut that is meant for probabilities: Keras's default.
    """

    code = "TX403"
    name = "metric-threshold-on-logits"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    losses = BINARY
    needs = ("activation",)

    threshold: float = 0.5

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield one finding for all metrics that take logits for probabilities."""
        if head.activation != "linear" or head.loss.get("from_logits") is not True:
            return
        found = [(metric, remedy) for metric in head.metrics if (remedy := self._remedy(metric))]
        if not found:
            return
        cutting = [metric for metric, _ in found if metric.get("identifier") in _CUTTING]
        others = [metric for metric, _ in found if metric not in cutting]
        said = [f"{_named(cutting, head, 'cut')} at {self.threshold:g}"] * bool(cutting)
        said += [f"{_named(others, head, 'expect')} probabilities"] * bool(others)
        meaning = ": a logit of 0.5 is a probability of 0.62" if cutting else ""
        remedies = ", ".join(dict.fromkeys(remedy for _, remedy in found))
        yield self.finding(
            f"{' and '.join(said)}, and the output is logits (from_logits=True){meaning}",
            f"pass {remedies}; or end in a sigmoid with from_logits=False",
            fit=fit.index,
        )

    def _remedy(self, metric: MetricFacts) -> str:
        """Return what to pass in place of a metric that counts with probabilities; "" for one that does not."""
        identifier = metric.get("identifier", "")
        if metric.get("custom"):
            return ""
        if metric.get("threshold") == self.threshold and identifier in _CUTTING:
            return _CUTTING[identifier]
        return _COUNTING.get(identifier, "") if metric.get("from_logits") is False else ""


def _named(metrics: list[MetricFacts], head: Head, verb: str) -> str:
    names = ", ".join(repr(metric.get("name")) for metric in metrics)
    return f"metrics {names}{head.where} {verb}" if len(metrics) > 1 else f"metric {names}{head.where} {verb}s"

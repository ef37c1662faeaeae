"""A rare class, no weights, and accuracy as the only metric.

## How it is detected
The rarest class has less than 10 % (the limit of the catalogue of faults) of the sampled rows, at least 200
of them (below it a tenth is a handful), the loss is a plain crossentropy without class or sample weights, and every
metric is an accuracy. That alone is **info**: such problems are often learnt well. It is a warning when the complete
training confirms it: the last accuracy, on validation where there is any, is within 1 % of the majority's share.

## Why it matters
"Always the majority" is right in more than 90 % of the rows, and the accuracy cannot tell it from a model.

## What to do
Watch recall or the area under the precision-recall curve, and weight the classes.

## References
- He and Garcia, Learning from Imbalanced Data, IEEE TKDE 21 (2009).
- Amazon SageMaker Debugger, ClassImbalance rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.curves import curve_of, is_complete
from trackexp.diagnosis.evidence.losses import ACCURACIES
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class ClassImbalance(HeadRule):
    """Accuracy where one class is rare.

    Args:
        max_minority_share: Below this share of the rows a class is rare.
        min_rows: Least number of target rows that must have been looked at.
        max_accuracy_gap: How near the majority's share an accuracy must be to confirm it.
    """

    code = "TX512"
    name = "class-imbalance"
    severity = Severity.WARNING
    losses = frozenset({"binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"})
    needs = ("target.class_counts",)

    max_minority_share: float = 0.1
    min_rows: int = 200
    max_accuracy_gap: float = 0.01

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield info for the counts alone, a warning where the accuracy is the majority's share."""
        counts = head.target.get("class_counts") or {}
        facts, total = fit.facts.get("fit", {}), sum(counts.values())
        weighted = facts.get("class_weight") or facts.get("sample_weight")
        alone = head.metrics and all(metric.get("identifier") in ACCURACIES for metric in head.metrics)
        # with many classes each is rare: it is the majority's share that fools
        if (
            len(counts) < 2
            or total < self.min_rows
            or weighted
            or not alone
            or max(counts.values()) < (1 - self.max_minority_share) * total
        ):
            return
        majority = max(counts.values()) / total
        accuracy = self._accuracy(fit, head) if is_complete(fit) and not head.label else None
        confirmed = accuracy is not None and abs(accuracy - majority) <= self.max_accuracy_gap
        told = f"; the last accuracy is {accuracy:.1%}" if confirmed else ""
        yield self.finding(
            f"one class has {majority:.1%} of {head.rows_seen}, without weights and with accuracy alone{told}",
            "watch recall or AUC(curve='PR'), and weight the classes",
            fit=fit.index,
            severity=None if confirmed else Severity.INFO,
        )

    def _accuracy(self, fit: Fit, head: Head) -> float | None:
        for part in ("val", "train"):
            values = curve_of(fit, f"{part}/{head.metrics[0].get('name')}")
            if len(values):
                return float(values[-1])
        return None

"""Class weights that make an imbalance worse, or switch a class off.

## How it is detected
The rows of each class are counted in the sample and multiplied by `class_weight` (1 for a class that it leaves out,
as in Keras). The mass of the largest class over that of the smallest is at least twice what it is unweighted, and the
unweighted ratio is at least 1.5: weights that a user chose for unequal costs among balanced classes pass. Of two
classes, one with weight 0 is a finding too; among more, a zero may mean "ignore" and passes. Only for targets
whose classes can be counted: class numbers in one column, or one-hot rows; padding masks have another shape.

## Why it matters
Weights are there to lift rare classes. Inverted, they make the majority the only answer that pays.

## What to do
Weight each class by the inverse of its share: n / (K · n_k).

## References
- King and Zeng, Logistic Regression in Rare Events Data, Political Analysis 9 (2001).
- scikit-learn, `compute_class_weight`: the formula of "balanced".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class ClassWeightInverted(FitRule):
    """The weighted classes are further from balance than the unweighted ones.

    Args:
        min_imbalance_growth: How many times more unbalanced they must be.
        min_class_ratio: Least ratio of the unweighted classes.
    """

    code = "TX113"
    name = "class-weight-inverted"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    explains = ("class-imbalance",)
    requires = ("fit.class_weight", "data.targets")

    min_imbalance_growth: float = 2.0
    min_class_ratio: float = 1.5

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the weights work against the counts."""
        weights = fit.facts["fit"]["class_weight"] or {}
        counts = fit.facts["data"]["targets"][0].get("class_counts") or {}
        if len(counts) < 2:
            yield NotApplicable(f"fit {fit.index}: the classes of the targets could not be counted")
            return
        masses = {key: count * weights.get(key, 1.0) for key, count in counts.items()}
        off = [key for key, mass in masses.items() if mass == 0]
        before = max(counts.values()) / min(counts.values())
        after = max(masses.values()) / min(masses.values()) if not off else 0.0
        if (off and len(counts) == 2) or (
            before >= self.min_class_ratio and after >= self.min_imbalance_growth * before
        ):
            shown = ", ".join(
                f"{key}: {count:,} rows × {weights.get(key, 1.0):g}" for key, count in list(counts.items())[:4]
            )
            seen = (
                f"class {off[0]} has weight 0"
                if off
                else f"the classes are 1 to {before:.3g} and weighted 1 to {after:.3g}"
            )
            yield self.finding(
                f"class_weight: {seen} ({shown})",
                "weight each class by the inverse of its share: n / (K * n_k)",
                fit=fit.index,
            )

"""Targets that are the same in every row.

## How it is detected
One of Keras's own crossentropies meets targets in memory with a single value (or one and the same class) over all
rows that were scanned, at least 32 of them (Keras's batch). Silent for streams, whose first batch may be of one class;
for models that have frozen weights (the generator's step of a GAN is trained on "real" alone), for several fits in a
run, for custom losses; and for regression losses, where a constant may be a residual that ought to be 0.

## Why it matters
The model learns the constant, the loss falls to 0 and the accuracy is 100 %.

## What to do
Look at how the labels are read: a wrong column, a comparison that is never true, a folder of one class.

## References
- Humbatova et al., Taxonomy of Real Faults in Deep Learning Systems, ICSE 2020: wrong labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import PROBABILITY
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class ConstantLabels(HeadRule):
    """One class, and nothing to tell it from.

    Args:
        min_rows: Least number of target rows that must have been looked at.
    """

    code = "TX509"
    name = "constant-labels"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    explains = ("class-imbalance", "unshuffled-sorted")
    losses = PROBABILITY
    needs = ("target.shape", "target.minimum", "target.maximum")

    min_rows: int = 32

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where all targets are one value."""
        target, counts = head.target, head.target.get("class_counts") or {}
        if fit.facts.get("fit", {}).get("source") != "arrays" or fit.record.fits > 1:
            yield NotApplicable(f"fit {fit.index}: only some of the targets were seen")
            return
        frozen = any(layer.get("trainable") is False and layer.get("parameters") for layer in fit.layers)
        one = len(counts) == 1 or (head.columns == 1 and target.get("minimum") == target.get("maximum"))
        if one and not frozen and target.get("sampled_rows", 0) >= self.min_rows:
            value = next(iter(counts), f"{target.get('minimum'):g}")
            yield self.finding(
                f"all targets{head.where} are of class {value} ({head.rows_seen})",
                "look at how the labels are read: a wrong column, or a comparison that is never true",
                fit=fit.index,
            )

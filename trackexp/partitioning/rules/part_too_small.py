"""A part that is too small for what it is to tell.

## How it is detected
Of a part that is not learnt from, the 95 % interval of a rate (Wilson, at `accuracy`) is wider than `max_width` to
either side.

## Why it matters
Two models that differ by less than that cannot be told apart by such a part, and the best of several looks better
than it is.

## What to do
Give the part more rows, or compare models by cross-validation, or by paired tests on the same rows.

## References
- Wilson, Probable inference, JASA 22 (1927).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.partitioning.evidence import PartitionEvidence
from trackexp.partitioning.rule import PartitionFinding, PartitionRule
from trackexp.record import Confidence, Severity
from trackexp.stats import wilson_interval


@dataclass(frozen=True)
class PartTooSmall(PartitionRule):
    """Too few rows.

    Args:
        max_width: Largest accepted half-width of the interval.
        accuracy: The rate at which the width is told.
    """

    code = "TX712"
    name = "part-too-small"
    severity = Severity.INFO
    confidence = Confidence.CERTAIN

    max_width: float = 0.05
    accuracy: float = 0.9

    def examine(self, evidence: PartitionEvidence) -> Iterator[PartitionFinding | NotApplicable]:
        """Yield a finding for every part that is too small."""
        sizes = {name: size for name, size in evidence.partition.sizes.items() if size and name != "train"}
        if not sizes:
            yield NotApplicable("there is no part besides training")
            return
        for name, size in sizes.items():
            low, high = wilson_interval(round(self.accuracy * size), size)
            if (high - low) / 2 > self.max_width:
                yield self.finding(
                    f"{name} has {size:,} rows: an accuracy of {self.accuracy:.0%} is known to "
                    f"±{(high - low) / 2:.1%} only",
                    "give it more rows, or compare models on folds or by paired tests",
                    part=name, rows=size, half_width=(high - low) / 2,
                )  # fmt: skip

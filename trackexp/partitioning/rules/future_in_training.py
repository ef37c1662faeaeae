"""Training rows that are later than the rows they are tested on.

## How it is detected
With a time column, rows of an earlier part (training before validation before test) lie at or after the first moment
of a later one.

## Why it matters
What will only be known afterwards helps to predict what came before: the result cannot be had in use.

## What to do
Cut by time (`time=`, with a `gap=` as long as a target needs to become known).

## References
- Kapoor and Narayanan, Leakage and the Reproducibility Crisis in Machine-Learning-based Science, Patterns 4 (2023).
- Bergmeir and Benítez, On the use of cross-validation for time series predictor evaluation, 2012.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.partitioning.evidence import PartitionEvidence
from trackexp.partitioning.rule import PartitionFinding, PartitionRule
from trackexp.record import Confidence, Severity


@dataclass(frozen=True)
class FutureInTraining(PartitionRule):
    """Parts that overlap in time.

    Args:
        min_rows: Fewest rows that are too late.
    """

    code = "TX708"
    name = "future-in-training"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN

    min_rows: int = 1

    def examine(self, evidence: PartitionEvidence) -> Iterator[PartitionFinding | NotApplicable]:
        """Yield a finding for every two parts that overlap in time."""
        if evidence.partition.table.time is None:
            yield NotApplicable("no time column is named")
            return
        for pair in evidence.pairs:
            if pair.later_rows is not None and pair.later_rows >= self.min_rows:
                share = pair.later_rows / max(1, evidence.partition.sizes[pair.first])
                yield self.finding(
                    f"{pair.later_rows:,} rows of {pair.first} ({share:.1%}) are not earlier than the first of "
                    f"{pair.second}",
                    "cut by time: partition(…, time=…, gap=…)",
                    parts=[pair.first, pair.second], count=pair.later_rows, share=share,
                )  # fmt: skip

"""Rows of one part that are rows of another.

## How it is detected
Rows that are equal in every feature lie in two parts: at least `min_rows` of them, and as a share of the later part at
least `min_ratio` times as many as repeat within the first part. Where rows repeat by nature, as discrete features do,
they are expected in every part and no finding.

## Why it matters
A row that was learnt from is no test: what is measured on it is memory.

## What to do
Keep equal rows together (`duplicates="together"`), or remove the copies before the split.

## References
- Kapoor and Narayanan, Leakage and the Reproducibility Crisis in Machine-Learning-based Science, Patterns 4 (2023).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.partitioning.evidence import PartitionEvidence
from trackexp.partitioning.rule import PartitionFinding, PartitionRule
from trackexp.record import Confidence, Severity


@dataclass(frozen=True)
class RowsInTwoParts(PartitionRule):
    """Equal rows on both sides.

    Args:
        min_rows: Fewest rows of the later part.
        min_ratio: Least share of them, over the share of rows that repeat within the first part.
    """

    code = "TX714"
    name = "rows-in-two-parts"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN

    min_rows: int = 1
    min_ratio: float = 2.0

    def examine(self, evidence: PartitionEvidence) -> Iterator[PartitionFinding | NotApplicable]:
        """Yield a finding for every two parts with equal rows."""
        if not evidence.pairs or evidence.repeats is None:
            yield NotApplicable("the table has no features to tell rows by, or only one part")
            return
        for pair in evidence.pairs:
            shared = pair.rows
            if shared is None or shared.count < self.min_rows or shared.share < self.min_ratio * evidence.repeats:
                continue
            rows = ", ".join(f"{a} = {b}" for a, b in shared.examples)
            yield self.finding(
                f"{shared.count:,} rows of {pair.second} ({shared.share:.1%}) are rows of {pair.first} as well, such "
                f"as {rows}; within training {evidence.repeats:.1%} repeat",
                'keep equal rows together: duplicates="together", or remove the copies first',
                parts=[pair.first, pair.second], count=shared.count, share=shared.share,
                within_training=evidence.repeats, examples=[list(example) for example in shared.examples],
            )  # fmt: skip

"""Groups that have rows in two parts.

## How it is detected
A group (a patient, a fruit, a session) has rows in two parts.

## Why it matters
Rows of one group resemble each other more than those of others: the test measures how well known groups are
recognised, and not how the model does on new ones.

## What to do
Split by groups (`group=`); a group that spans a cut in time leaves the earlier part.

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
class GroupsInTwoParts(PartitionRule):
    """Groups on both sides.

    Args:
        min_groups: Fewest groups in both parts.
    """

    code = "TX707"
    name = "groups-in-two-parts"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN

    min_groups: int = 1

    def examine(self, evidence: PartitionEvidence) -> Iterator[PartitionFinding | NotApplicable]:
        """Yield a finding for every two parts with groups in common."""
        if evidence.partition.table.group is None:
            yield NotApplicable("no group column is named: which rows belong together is not known")
            return
        for pair in evidence.pairs:
            shared = pair.groups
            if shared is not None and shared.count >= self.min_groups:
                yield self.finding(
                    f"{shared.count:,} groups of {pair.second} ({shared.share:.1%}) have rows in {pair.first} as well, "
                    f"such as {', '.join(shared.examples)}",
                    "split by groups: partition(…, group=…)",
                    parts=[pair.first, pair.second], count=shared.count, share=shared.share,
                    examples=list(shared.examples),
                )  # fmt: skip

"""A class that a part has no rows of.

## How it is detected
A class, a label or a bin of the target has rows in some part and none in another.

## Why it matters
What is not in training cannot be learnt; what is not in the test is not measured, and macro averages leave it out.

## What to do
Partition with `target=`; where a class has fewer rows (or groups) than there are parts, merge it or collect more.

## References
- Sechidis, Tsoumakas and Vlahavas, On the stratification of multi-label data, ECML 2011.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.partitioning.evidence import PartitionEvidence
from trackexp.partitioning.rule import PartitionFinding, PartitionRule
from trackexp.record import Severity


@dataclass(frozen=True)
class ClassMissingInPart(PartitionRule):
    """No row of a class.

    Args:
        min_rows: Fewest rows that a class has in all, from which on its absence counts.
    """

    code = "TX711"
    name = "class-missing-in-part"
    severity = Severity.WARNING

    min_rows: int = 2

    def examine(self, evidence: PartitionEvidence) -> Iterator[PartitionFinding | NotApplicable]:
        """Yield a finding for every part that lacks a class."""
        if evidence.counts is None:
            yield NotApplicable("no target column is named")
            return
        total = evidence.counts.sum(axis=0)
        for part, row in evidence.counts.iterrows():
            lacking = [str(name) for name, count in row.items() if count == 0 and total.loc[str(name)] >= self.min_rows]
            if lacking:
                yield self.finding(
                    f"{part} has no row of {', '.join(lacking[:5])}{', …' if len(lacking) > 5 else ''}",
                    "partition with target=; merge a class that has fewer rows or groups than there are parts",
                    part=str(part), classes=lacking,
                )  # fmt: skip

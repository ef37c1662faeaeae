"""Rows of one part that are nearly rows of another.

## How it is detected
Rows nearly equal (numbers by a thousandth of a standard deviation, images by a perceptual hash and their pixels, texts
by four fifths of their shingles) and not equal lie in two parts, and as a share of the later part they are at least
`min_ratio` times what is found within the first part.

## Why it matters
Frames of one film, crops of one photograph and two versions of one text are one observation: the test knows them.

## What to do
Keep them together (`duplicates="together"`), or split by what they come from (`group=`).

## References
- Barz and Denzler, Do We Train on Test Data? Purging CIFAR of Near-Duplicates, Journal of Imaging 6 (2020).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.partitioning.evidence import PartitionEvidence
from trackexp.partitioning.rule import PartitionFinding, PartitionRule
from trackexp.record import Severity


@dataclass(frozen=True)
class NearDuplicatesInTwoParts(PartitionRule):
    """Nearly equal rows on both sides.

    Args:
        min_rows: Fewest rows of the later part, those that are equal not counted.
        min_ratio: Least share of them, over the share of rows with a near-duplicate within the first part.
    """

    code = "TX706"
    name = "near-duplicates-in-two-parts"
    severity = Severity.WARNING

    min_rows: int = 1
    min_ratio: float = 2.0

    def examine(self, evidence: PartitionEvidence) -> Iterator[PartitionFinding | NotApplicable]:
        """Yield a finding for every two parts with near-duplicates."""
        if not evidence.pairs or evidence.near_repeats is None:
            yield NotApplicable("the table has no features to tell rows by, or only one part")
            return
        for pair in evidence.pairs:
            if pair.near is None or pair.rows is None:
                continue
            count = pair.near.count - pair.rows.count
            if count < self.min_rows or pair.near.share < self.min_ratio * evidence.near_repeats:
                continue
            examples = [list(example) for example in pair.near.examples]
            yield self.finding(
                f"{count:,} rows of {pair.second} are nearly rows of {pair.first}, such as {examples[0][0]} and "
                f"{examples[0][1]}; within training {evidence.near_repeats:.1%} have such a double",
                'keep near-duplicates together: duplicates="together", or split by what they come from: group=',
                parts=[pair.first, pair.second], count=count, within_training=evidence.near_repeats, examples=examples,
            )  # fmt: skip

"""Parts whose classes differ more than they need to.

## How it is detected
The deviation of classes and sizes from the parts' shares is at least `min_ratio` times the least that was found for
the same rows and groups, and the classes of the parts differ by a χ² test with p ≤ `max_p` (then it is a warning).

## Why it matters
A threshold chosen on a part with other class shares is not right for the others.

## What to do
Partition with `target=` (and `group=`): the least deviation is what `partition` attains.

## References
- Sechidis, Tsoumakas and Vlahavas, On the stratification of multi-label data, ECML 2011.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scipy.stats import chi2_contingency

from trackexp.diagnosis.rule import NotApplicable
from trackexp.partitioning.evidence import PartitionEvidence
from trackexp.partitioning.rule import PartitionFinding, PartitionRule
from trackexp.record import Severity


@dataclass(frozen=True)
class ClassesUnevenlySpread(PartitionRule):
    """Uneven classes.

    Args:
        min_ratio: Least deviation, over the attainable one.
        max_p: Largest p-value of the χ² test.
    """

    code = "TX713"
    name = "classes-unevenly-spread"
    severity = Severity.INFO

    min_ratio: float = 10.0
    max_p: float = 0.05

    def examine(self, evidence: PartitionEvidence) -> Iterator[PartitionFinding | NotApplicable]:
        """Yield a finding where the classes are spread unevenly."""
        if evidence.counts is None or evidence.deviation is None or evidence.attainable is None:
            yield NotApplicable("there is no target, or rows were left out: nothing to compare the deviation with")
            return
        counts = evidence.counts.to_numpy()
        counts = counts[:, counts.sum(axis=0) > 0]
        if counts.shape[1] < 2 or evidence.deviation < self.min_ratio * max(evidence.attainable, 1e-9):
            return
        p_value = float(chi2_contingency(counts).pvalue)
        if p_value > self.max_p:
            return
        yield self.finding(
            f"the classes of the parts differ (χ² test, p = {p_value:.2g}): deviation {evidence.deviation:.3g}, "
            f"attainable {evidence.attainable:.2g}",
            "partition with target=, and group= where rows belong together",
            severity=Severity.WARNING,
            deviation=evidence.deviation, attainable=evidence.attainable, p_value=p_value,
        )  # fmt: skip

"""Parts that a classifier can tell apart by their features.

## How it is detected
A classifier that learns on half the rows which part they are of finds the part of the other half: the area under its
ROC curve has a lower end above `min_area`, and its p-value after Holm's correction over all pairs of parts is at most
`max_p`. Groups are halved whole. Under `time=` parts differ by drift, and the finding is info.

## Why it matters
A result on one part says little of another: validation chooses for a population that the test is not of.

## What to do
Look at the leading features; re-partition at random, by groups, or in time as the model will be used.

## References
- Friedman, On multivariate goodness-of-fit and two-sample testing, 2003.
- Rabanser et al., Failing Loudly: An Empirical Study of Methods for Detecting Dataset Shift, NeurIPS 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.partitioning.evidence import PartitionEvidence
from trackexp.partitioning.rule import PartitionFinding, PartitionRule
from trackexp.record import Severity


@dataclass(frozen=True)
class PartsFromElsewhere(PartitionRule):
    """Another population.

    Args:
        max_p: Largest corrected p-value.
        min_area: What the interval of the area must lie above.
    """

    code = "TX710"
    name = "parts-from-elsewhere"
    severity = Severity.WARNING

    max_p: float = 0.05
    min_area: float = 0.5

    def examine(self, evidence: PartitionEvidence) -> Iterator[PartitionFinding | NotApplicable]:
        """Yield a finding for every two parts that can be told apart."""
        told = [pair for pair in evidence.pairs if pair.adversarial is not None and pair.p_value is not None]
        if not told:
            yield NotApplicable("no two parts have numeric features and 20 rows each (or 4 groups)")
            return
        for pair in told:
            found = pair.adversarial
            if (
                found is None
                or pair.p_value is None
                or pair.p_value > self.max_p
                or found.interval().low <= self.min_area
            ):
                continue
            leading = ", ".join(f"{evidence.feature_names[i]} ({area:.2f})" for i, area in found.leading[:3])
            low, high = found.interval()
            kind = "drift" if evidence.timed else "another population"
            yield self.finding(
                f"{pair.first} and {pair.second} can be told apart ({kind}): AUC {found.area:.2f} ({low:.2f} to "
                f"{high:.2f}), most by {leading}",
                "look at these features; partition again so that the parts are of one population",
                severity=Severity.INFO if evidence.timed else None,
                parts=[pair.first, pair.second], area=found.area, low=low, high=high, p_value=pair.p_value,
                features={evidence.feature_names[i]: area for i, area in found.leading},
            )  # fmt: skip

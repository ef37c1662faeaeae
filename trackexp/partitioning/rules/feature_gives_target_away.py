"""A single feature that tells the target.

## How it is detected
One feature alone ranks a class (or a label) against the rest with an area under the ROC curve of at least `min_area`,
or a numeric target with a rank correlation of at least `min_area`.

## Why it matters
Such a feature is mostly a consequence of the target (a diagnosis code, a refund, a file's name): it is not there when
the model is used.

## What to do
Ask when the feature becomes known; leave it out if that is after the target.

## References
- Kapoor and Narayanan, Leakage and the Reproducibility Crisis in Machine-Learning-based Science, Patterns 4 (2023).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.partitioning.evidence import PartitionEvidence
from trackexp.partitioning.rule import PartitionFinding, PartitionRule
from trackexp.record import Severity


@dataclass(frozen=True)
class FeatureGivesTargetAway(PartitionRule):
    """One feature is enough.

    Args:
        min_area: Least area, or rank correlation, of the feature alone.
    """

    code = "TX709"
    name = "feature-gives-target-away"
    severity = Severity.WARNING

    min_area: float = 0.995

    def examine(self, evidence: PartitionEvidence) -> Iterator[PartitionFinding | NotApplicable]:
        """Yield one finding for all such features."""
        if not evidence.telling:
            yield NotApplicable("there is no target, no feature to look at, or fewer than 20 rows")
            return
        found = [(name, area) for name, area in evidence.telling if area >= self.min_area]
        if found:
            said = ", ".join(f"{name} ({area:.3f})" for name, area in found[:5])
            yield self.finding(
                f"alone, {said} {'tells' if len(found) == 1 else 'tell'} the target",
                "ask when it becomes known; leave it out if that is after the target",
                features=dict(found),
            )

"""Validation rows that are training rows.

## How it is detected
More than 5 % of the validation rows equal a training row, at least 5 of them, and that is at least five times the share
of rows that repeat within the training set. Where rows repeat by nature, as discrete features do, a validation row
finds its like about as often as a training row does: they pass, and so do a few repeats, as iris has them. The 5 % are
the limit of the catalogue of faults.

## Why it matters
The validation measures memory: overfitting goes unseen, and early stopping stops too late.

## What to do
Split by unique rows (or by person, session, source) before anything is sampled, augmented or oversampled.

## References
- Kapoor and Narayanan, Leakage and the Reproducibility Crisis in Machine-Learning-based Science, Patterns 4 (2023).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class TrainValLeakage(FitRule):
    """Rows on both sides of the split.

    Args:
        min_overlap_share: Largest accepted share of validation rows that are training rows.
        min_rows: Least number of such rows seen.
        min_repeat_ratio: How many times the share of repeats within the training set it must be.
    """

    code = "TX701"
    name = "train-val-leakage"
    severity = Severity.WARNING
    requires = ("data.validation_overlap", "data.duplicate_rows")

    min_overlap_share: float = 0.05
    min_rows: int = 5
    min_repeat_ratio: float = 5.0

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the overlap is more than rows repeat by nature."""
        data = fit.facts["data"]
        overlap, repeats = data["validation_overlap"] or 0.0, data["duplicate_rows"] or 0.0
        seen = data.get("validation_overlap_rows") or 0
        if overlap > self.min_overlap_share and seen >= self.min_rows and overlap >= self.min_repeat_ratio * repeats:
            yield self.finding(
                f"{overlap:.1%} of the validation rows are training rows as well ({seen:,} seen), and "
                f"{repeats:.1%} of the training rows repeat each other",
                "split by unique rows before anything is sampled, augmented or oversampled",
                fit=fit.index,
            )

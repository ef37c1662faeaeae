"""Arrays of which the training never sees the half.

## How it is detected
`steps_per_epoch` was passed with arrays, and steps × batch size × epochs is less than half of the rows. Where an epoch
sees less than half, but all epochs together see more, it is **info**: Keras goes on where the last epoch ended.

## Why it matters
Most of the data is not used, and nothing says so.

## What to do
Drop `steps_per_epoch`: with arrays Keras knows the number itself.

## References
- Keras documentation of `Model.fit`: https://keras.io/api/models/model_training_apis/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class StepsPerEpochTooSmall(FitRule):
    """Rows that are never drawn.

    Args:
        max_seen_share: Least share of the rows that must be seen.
    """

    code = "TX808"
    name = "steps-per-epoch-too-small"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    explains = ("too-few-epochs",)
    requires = ("fit.steps_per_epoch", "fit.batch_size", "data.rows")

    max_seen_share: float = 0.5

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where most rows are left out."""
        facts, rows = fit.facts["fit"], fit.facts["data"]["rows"] or 0
        steps, size = facts["steps_per_epoch"] or 0, facts["batch_size"] or 0
        epochs = max(1, facts.get("epochs", 1) - facts.get("initial_epoch", 0))
        if facts.get("source") == "arrays" and steps * size < self.max_seen_share * rows:
            seen = min(1.0, steps * size * epochs / rows)
            yield self.finding(
                f"steps_per_epoch={steps} and batch_size={size} see {steps * size / rows:.1%} of {rows:,} rows in an "
                f"epoch, {seen:.0%} in all",
                "drop steps_per_epoch: with arrays Keras knows the number itself",
                fit=fit.index,
                severity=None if seen < self.max_seen_share else Severity.INFO,
            )

"""Arrays of which the training never sees the half.

## How it is detected
`steps_per_epoch` was passed with arrays, and steps × batch size × epochs is less than half of the rows. Where an epoch
sees less than half, but all epochs together see more, it is **info**: Keras goes on where the last epoch ended. So it
is where the batches of a `PyDataset` are views of an array that `__getitem__` names, and a whole epoch came to less
than half of it: a part may be all that is meant.

## Why it matters
Most of the data is not used, and nothing says so.

## What to do
Drop `steps_per_epoch`: with arrays Keras knows the number itself. Let `__len__` of a `PyDataset` be
`math.ceil(rows / batch_size)`.

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

    max_seen_share: float = 0.5

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where most rows are left out."""
        facts, data = fit.facts.get("fit", {}), fit.facts.get("data", {})
        behind, reached = data.get("rows_behind"), data.get("rows_reached")
        if behind and reached:
            if reached < self.max_seen_share * behind:
                yield self._too_short(fit, behind, reached)
            return
        steps, size, rows = facts.get("steps_per_epoch"), facts.get("batch_size"), data.get("rows")
        if not steps or not size or not rows or facts.get("source") != "arrays":
            yield NotApplicable(f"fit {fit.index}: how many rows there are beyond those of an epoch is not known")
            return
        if steps * size < self.max_seen_share * rows:
            epochs = max(1, facts.get("epochs", 1) - facts.get("initial_epoch", 0))
            seen = min(1.0, steps * size * epochs / rows)
            yield self.finding(
                f"steps_per_epoch={steps} and batch_size={size} see {steps * size / rows:.1%} of {rows:,} rows in an "
                f"epoch, {seen:.0%} in all",
                "drop steps_per_epoch: with arrays Keras knows the number itself",
                fit=fit.index,
                severity=None if seen < self.max_seen_share else Severity.INFO,
            )

    def _too_short(self, fit: Fit, behind: int, reached: int) -> Finding:
        data = fit.facts["data"]
        batches, rows = data.get("batches_seen") or 1, data.get("rows_seen") or reached
        return self.finding(
            f"an epoch of this PyDataset has {batches:,} batches and ends at row {reached:,} of the {behind:,} that "
            "they are cut from",
            f"if all rows are meant, let __len__ return {-(-behind * batches // rows):,}",
            fit=fit.index,
            severity=Severity.INFO,
        )

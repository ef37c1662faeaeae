"""A training that ended while it was still falling steeply, after a handful of updates.

## How it is detected
Every planned epoch has been run, two or more, with fewer than 100 updates in all; the training loss fell by more than
5 % in the last one, and the validation loss, where there is one, was at its lowest. Batches of a quarter of the rows
or more are `batch-too-large`. With fewer than 200 rows, the size of a smoke test, it is **info**. More updates than
that are never named: many a good training stops while it still falls a little.
 On runs without
facts it is **info**: from 2 to 20 validations, the last the lowest, both losses 5 % below the validation before.

## Why it matters
The result says what the optimizer reached in that time, and nothing about the model.

## What to do
Train longer, with EarlyStopping to end it.

## References
- Bengio, Practical Recommendations for Gradient-Based Training of Deep Architectures (2012), section 3.1.
- Stack Overflow 37213388.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import Values, curve_of, is_complete, loss_of
from trackexp.diagnosis.evidence.plain_runs import aligned_losses
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, RunRecord, Severity, State


@dataclass(frozen=True)
class TooFewEpochs(FitRule):
    """Stopped on the way down.

    Args:
        max_updates: Fewer than this in all are a handful.
        min_last_drop: Least relative fall of the loss in the last epoch.
        min_rows: Fewer rows than this are a smoke test.
        max_validations: Without facts, at most this many.
    """

    code = "TX804"
    name = "too-few-epochs"
    severity = Severity.WARNING
    requires = ("fit.batches", "fit.epochs", "data.rows")

    max_updates: int = 100
    min_last_drop: float = 0.05
    min_rows: int = 200
    max_validations: int = 20

    def examine(self, record: RunRecord) -> Iterator[Finding | NotApplicable]:
        """Check every fit by its facts; a run without any by its curves alone."""
        train, valid = (np.zeros(0), np.zeros(0)) if record.facts else aligned_losses(record)
        if not len(valid) or record.state is State.RUNNING:
            yield from super().examine(record)
        elif 2 <= len(valid) <= self.max_validations and self._falls(train) and self._falls(valid):
            yield self.finding(
                f"after {len(valid)} validations the validation loss is {valid[-1]:.4g}, its lowest, and fell by "
                f"{1 - valid[-1] / valid[-2]:.0%} in the last one",
                "train longer, with early stopping to end it",
                epoch=len(valid) - 1,
                severity=Severity.INFO,
            )

    def _falls(self, values: Values) -> bool:
        positive = bool(np.isfinite(values).all()) and values.min() > 0
        return positive and values[-1] < (1 - self.min_last_drop) * values[-2] and values[-1] == values.min()

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where a short training was still falling."""
        values, validation = loss_of(fit), curve_of(fit, "val/loss")
        rows, size, updates = fit.facts["data"]["rows"] or 0, fit.facts["fit"].get("batch_size") or 0, fit.updates or 0
        if len(values) < 2 or not is_complete(fit) or not np.isfinite(values).all():
            yield NotApplicable(f"fit {fit.index}: no complete training of two epochs or more")
            return
        falling = values[-2] > 0 and values[-1] < (1 - self.min_last_drop) * values[-2]
        lowest = not len(validation) or validation[-1] <= validation.min()
        if updates < self.max_updates and falling and lowest and size < rows / 4:
            yield self.finding(
                f"{updates} updates in {len(values)} epochs, and the loss fell by "
                f"{1 - values[-1] / values[-2]:.0%} in the last one",
                "train longer, with EarlyStopping to end it",
                fit=fit.index,
                epoch=len(values) - 1,
                severity=Severity.INFO if rows < self.min_rows else None,
            )

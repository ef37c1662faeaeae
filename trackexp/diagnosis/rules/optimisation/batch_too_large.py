"""A batch so large that the whole training is a handful of updates.

## How it is detected
A batch holds a quarter of the rows or more, of at least 200, all planned epochs make fewer than 100 updates, and after
the last one the loss was still falling: in the last epoch by more than a third of what it fell in an epoch on average,
or by more than 5 %, with the validation loss, where there is one, at its lowest (the measure of `too-few-epochs`). A
full batch that has come to rest passes.

## Why it matters
An epoch is one to four steps: the training ends before it has begun.

## What to do
Use smaller batches, 32 to begin with, or many more epochs.

## References
- Keskar et al., On Large-Batch Training for Deep Learning, ICLR 2017.
- Stack Overflow 39217567 and 34311586.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import curve_of, is_complete, loss_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class BatchTooLarge(FitRule):
    """An epoch of a few steps.

    Args:
        min_batch_share: Least share of the rows in a batch.
        min_rows: Least number of rows.
        max_updates: Fewer than this in all are a handful.
        min_pace_ratio: Least fall in the last epoch, as a share of the average one.
        min_last_drop: Or least relative fall in the last epoch.
    """

    code = "TX805"
    name = "batch-too-large"
    severity = Severity.WARNING
    explains = ("too-few-epochs", "lr-too-low")
    requires = ("fit.batch_size", "fit.batches", "data.rows")

    min_batch_share: float = 0.25
    min_rows: int = 200
    max_updates: int = 100
    min_pace_ratio: float = 1 / 3
    min_last_drop: float = 0.05

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where a few large steps did not arrive."""
        rows, size, updates = fit.facts["data"]["rows"] or 0, fit.facts["fit"]["batch_size"] or 0, fit.updates or 0
        values = loss_of(fit)
        if rows < self.min_rows or size < self.min_batch_share * rows or updates >= self.max_updates:
            return
        if len(values) < 3 or not is_complete(fit) or not np.isfinite(values).all():
            yield NotApplicable(f"fit {fit.index}: no complete training of three epochs or more")
            return
        average = (values[0] - values[-1]) / (len(values) - 1)
        fall, validation = values[-2] - values[-1], curve_of(fit, "val/loss")
        steep = fall > self.min_last_drop * abs(values[-2]) and (
            not len(validation) or validation[-1] <= validation.min()
        )
        if average > 0 and (fall > self.min_pace_ratio * average or steep):
            yield self.finding(
                f"batch_size={size} of {rows:,} rows: {updates} updates in {len(values)} epochs, and the loss was "
                f"still falling ({values[-2]:.4g} to {values[-1]:.4g} in the last one)",
                "use smaller batches, 32 to begin with, or many more epochs",
                fit=fit.index,
                epoch=len(values) - 1,
            )

"""Batches of one row or a few, whose noise the training does not get out of.

## How it is detected
The batch has at most 4 of 200 rows or more, in a complete training of 4 epochs or more, and the loss has gone up in at
least a third of the epochs; and the training has failed: its loss is above 90 % of the best constant's, the outputs are
no better than a constant, or small models beat them. Online learning that learns passes.

## Why it matters
The gradient of one row points anywhere: steps that suit a batch of 32 are too long for it, and an epoch takes 32 times
as many of them.

## What to do
Take batches of 32, or divide the learning rate as the batch.

## References
- Smith et al., Don't Decay the Learning Rate, Increase the Batch Size, ICLR 2018: noise grows as rate / batch size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import is_complete, loss_of
from trackexp.diagnosis.evidence.probes import unlearnt
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class BatchTooSmall(FitRule):
    """Steps after every row.

    Args:
        max_batch_size: Largest batch that is called small.
        min_rows: Least number of rows.
        min_rising_share: Least share of epochs in which the loss rises.
    """

    code = "TX806"
    name = "batch-too-small"
    severity = Severity.WARNING
    explains = ("underfitting-capacity", "lr-too-high")
    requires = ("fit.batch_size", "data.rows")

    max_batch_size: int = 4
    min_rows: int = 200
    min_rising_share: float = 1 / 3

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where small batches got nowhere."""
        size, rows, values = fit.facts["fit"]["batch_size"] or 0, fit.facts["data"]["rows"] or 0, loss_of(fit)
        if not 0 < size <= self.max_batch_size or rows < self.min_rows:
            return
        if not is_complete(fit) or len(values) < 4:
            yield NotApplicable(f"fit {fit.index}: no complete training of four epochs or more")
            return
        rough = bool((np.diff(values) > 0).mean() >= self.min_rising_share)
        if rough and np.isfinite(values).all() and (failed := unlearnt(fit)):
            yield self.finding(
                f"batch_size={size} of {rows:,} rows, and the loss rose in {(np.diff(values) > 0).sum()} of "
                f"{len(values) - 1} epochs; {failed}",
                "take batches of 32, or divide the learning rate as the batch",
                fit=fit.index,
            )

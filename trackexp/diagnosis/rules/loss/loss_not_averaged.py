"""A loss of the user's that grows with the batch.

## How it is detected
Given a few rows twice over, the loss function returns twice as much: it sums over the batch. It is a warning where the
training has failed: its loss is not finite, or by the end not below the first epoch's or above 90 % of the best
constant's, or small models beat the outputs. A sum that is learnt with passes as **info**.

## Why it matters
The gradient is as many times too large as the batch has rows, and the learning rate with it; the last, smaller batch of
an epoch counts less.

## What to do
Return one value a row, shape (batch,), and let Keras average; or divide by the rows.

## References
- Keras documentation, Losses: "per-sample losses" and `reduction`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.curves import is_complete, loss_of
from trackexp.diagnosis.evidence.probes import probes_of, unlearnt
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class LossNotAveraged(FitRule):
    """A sum in place of a mean.

    Args:
        min_loss_ratio: The training has also failed where its loss ends above this share of the first epoch's. Not
            less than all of it: much of a loss may be noise that no training removes.
    """

    code = "TX114"
    name = "loss-not-averaged"
    severity = Severity.WARNING
    explains = ("lr-too-high", "exploding-gradient", "nan-in-loss")
    requires = ("probes.custom_loss",)

    min_loss_ratio: float = 1.0

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for a loss that sums."""
        if not probes_of(fit).get("custom_loss", {}).get("sums_rows"):
            return
        values, failed = loss_of(fit), unlearnt(fit)
        if not failed and is_complete(fit) and len(values) >= 3 and 0 < self.min_loss_ratio * values[0] < values[-1]:
            failed = f"the loss is {values[-1]:.4g} after {len(values)} epochs, and was {values[0]:.4g} after the first"
        yield self.finding(
            f"twice the rows give twice the loss: it is a sum over the batch{f'; {failed}' if failed else ''}",
            "return one value a row, and let Keras average",
            fit=fit.index,
            severity=None if failed else Severity.INFO,
        )

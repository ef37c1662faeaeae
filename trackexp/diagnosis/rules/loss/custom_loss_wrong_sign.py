"""A custom loss that falls faster and faster, without bound.

## How it is detected
Under a loss of the user's own, the training loss is negative at the end of 5 epochs or more, below -1000 and a
thousand times the size of its first value, and still gathering speed: the last epoch's fall is at least twice that of
the epoch in the middle. A log-likelihood or a cosine levels off, and a critic's distance grows at a steady pace: they
pass. The thousands are three orders of magnitude, more than an honest loss changes on data of one scale.

## Why it matters
A sign is wrong: the optimizer makes the error as large as it can.

## What to do
Return what ought to be small; for a score, its negative.

## References
- Humbatova et al., Taxonomy of Real Faults in Deep Learning Systems, ICSE 2020: wrong loss function.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import loss_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class CustomLossWrongSign(FitRule):
    """An error that is made as large as possible.

    Args:
        epochs: Least number of epochs.
        size: Least size of the negative loss, and least growth over its first value.
        speed: Least ratio of the last epoch's fall to that in the middle.
    """

    code = "TX110"
    name = "custom-loss-wrong-sign"
    severity = Severity.WARNING
    explains = ("lr-too-high",)
    requires = ("compile.losses",)

    epochs: int = 5
    size: float = 1000.0
    speed: float = 2.0

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for a loss that runs away downwards."""
        values = loss_of(fit)
        if len(values) < self.epochs or not np.isfinite(values).all():
            yield NotApplicable(f"fit {fit.index}: no finite training loss over {self.epochs} epochs")
            return
        falls, last = -np.diff(values), float(values[-1])
        gathering = falls[-1] >= self.speed * falls[len(falls) // 2] > 0
        grown = last < -self.size and -last > self.size * abs(values[0])
        if any(loss.get("custom") for loss in fit.facts["compile"]["losses"]) and gathering and grown:
            yield self.finding(
                f"the custom loss fell from {values[0]:.4g} to {last:.4g} in {len(values)} epochs, faster and faster",
                "return what ought to be small; for a score, its negative",
                fit=fit.index,
                epoch=len(values) - 1,
            )

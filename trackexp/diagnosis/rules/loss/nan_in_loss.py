"""A training loss that is no number.

## How it is detected
The training loss of some epoch is NaN or infinite. It needs the history alone, and so works on runs of plain wandb.
Or it stays finite, and is not the model's any more: in the last two probes of a fixed batch of training rows the loss
was NaN as inference sees it, and so were the weights of a layer that had numbers before the first update. A relu on a
CPU turns NaN into 0, and hides it from the training loss.

## Why it matters
A NaN in the loss is a NaN in every gradient: from that batch on all weights are NaN, for good.

## What to do
Look for NaN in the data, divide the learning rate by 10, clip gradients, guard logarithms and divisions in custom
losses; `keras.callbacks.TerminateOnNaN()` ends such a training at once.

## References
- IEEE 754-2019, section 6.2.
- Zhang et al., AUTOTRAINER, ICSE 2021; Wardat et al., DeepDiagnosis, ICSE 2022: exploding loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import curve_of, loss_of
from trackexp.diagnosis.evidence.plain_runs import plain_curve
from trackexp.diagnosis.evidence.probes import lost_weights
from trackexp.diagnosis.fit import Fit, fits_of
from trackexp.diagnosis.rule import NotApplicable, Rule
from trackexp.record import Confidence, Finding, RunRecord, Severity


@dataclass(frozen=True)
class NanInLoss(Rule):
    """The training has broken down.

    Args:
        min_probes: Number of consecutive probes that must agree, where the training loss hides it.
    """

    code = "TX111"
    name = "nan-in-loss"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN

    min_probes: int = 2

    def examine(self, record: RunRecord) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for the first epoch without a loss."""
        series = plain_curve(record, "train/loss")
        if series is None:
            yield NotApplicable("the run has no training loss in its history")
            return
        values = series.values
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            before = f", after {values[bad[0] - 1]:.4g}" if bad[0] else ""
            yield self.finding(
                f"the training loss is {values[bad[0]]:g} in epoch {bad[0]}{before}",
                "look for NaN in the data, divide the learning rate by 10, clip gradients, guard logarithms",
                fit=max(0, len(record.facts) - 1),
                epoch=int(bad[0]),
            )
            return
        for fit in fits_of(record):
            if len(loss_of(fit)):
                yield from self._hidden(fit)

    def _hidden(self, fit: Fit) -> Iterator[Finding]:
        seen, spoilt = curve_of(fit, "probe/loss"), lost_weights(fit, self.min_probes)
        if spoilt and len(seen) >= self.min_probes and np.isnan(seen[-self.min_probes :]).all():
            yield self.finding(
                f"the weights of {spoilt[0]!r} are NaN, and the training loss hides it ({loss_of(fit)[-1]:.4g}): "
                "as inference sees the same rows, the loss is NaN",
                "look for a root or a division whose derivative is infinite at 0, for a logarithm, or NaN in the data",
                fit=fit.index,
                epoch=len(loss_of(fit)) - 1,
            )

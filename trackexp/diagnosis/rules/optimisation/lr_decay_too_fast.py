"""A schedule that ends the training long before its last epoch.

## How it is detected
Keras's own schedule (exponential, inverse time, polynomial or cosine decay without warm-up or restarts) is evaluated
at 10 % and at half of the planned updates: the rate is below a millionth of its start at 10 %, or below a
ten-thousandth at half. With EarlyStopping the planned epochs are only a bound: then it must be below a millionth after
one epoch. A rate that a callback sets (LearningRateScheduler) is judged by the same two limits as it was logged, in a
complete training of 10 epochs or more: how far it had fallen when a tenth, and half, of the epochs were over, if it
never rose again. Where ReduceLROnPlateau lowers it, the loss had come to rest before, and it passes. The end of a
cosine over the whole training passes.

## Why it matters
`decay_steps` counts batches, not epochs: the weights stop moving while the training goes on, and the loss stands still
as if it had converged.

## What to do
Give `decay_steps` in batches: epochs times the batches of one.

## References
- Keras documentation, ExponentialDecay: https://keras.io/api/optimizers/learning_rate_schedules/exponential_decay/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import curve_of, is_complete
from trackexp.diagnosis.evidence.schedules import rate_share
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class LrDecayTooFast(FitRule):
    """A rate of next to nothing for most of the training.

    Args:
        max_early_ratio: Largest share of the start at 10 % of the updates that is too little.
        max_halfway_ratio: The same at half of them.
        min_epochs: Least number of epochs, where the rate is judged as it was logged.
    """

    code = "TX803"
    name = "lr-decay-too-fast"
    severity = Severity.WARNING
    explains = ("lr-too-low", "too-few-epochs", "batch-too-large")
    requires = ("fit.batches",)

    max_early_ratio: float = 1e-6
    max_halfway_ratio: float = 1e-4
    min_epochs: int = 10

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for a schedule that has run out early."""
        schedule = (fit.facts["compile"]["optimizer"] or {}).get("schedule") or {}
        updates, batches = fit.updates or 0, fit.facts["fit"]["batches"] or 0
        if not schedule:
            yield from self._as_logged(fit)
            return
        if rate_share(schedule, 0) is None:
            yield NotApplicable(f"fit {fit.index}: the schedule {schedule.get('identifier')!r} cannot be evaluated")
            return
        stops = any(c.get("callback") == "EarlyStopping" for c in fit.facts["fit"].get("callbacks", []))
        points = (
            [(batches, self.max_early_ratio)]
            if stops
            else [(updates // 10, self.max_early_ratio), (updates // 2, self.max_halfway_ratio)]
        )
        for step, limit in points:
            share = rate_share(schedule, step) or 0.0
            if step >= 1 and share < limit:
                yield self.finding(
                    f"{schedule.get('identifier')} leaves {share:.1g} of the learning rate after {step:,} of "
                    f"{updates:,} updates",
                    f"give decay_steps in batches: an epoch has {batches:,}",
                    fit=fit.index,
                )
                return

    def _as_logged(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        if any(c.get("callback") == "ReduceLROnPlateau" for c in fit.facts["fit"].get("callbacks", [])):
            yield NotApplicable(f"fit {fit.index}: the rate falls where the loss has come to rest")
            return
        rates = curve_of(fit, "train/learning_rate")
        if len(rates) < self.min_epochs or not is_complete(fit) or not np.isfinite(rates).all() or rates[0] <= 0:
            yield NotApplicable(f"fit {fit.index}: no schedule, and no complete training whose rate was logged")
            return
        for place, limit in ((len(rates) // 10, self.max_early_ratio), (len(rates) // 2, self.max_halfway_ratio)):
            share = float(rates[place:].max() / rates[0])
            if share < limit:
                yield self.finding(
                    f"the learning rate is {share:.1g} of its start after {place} of {len(rates)} epochs, and stays "
                    "below it",
                    "let it fall to a tenth or a hundredth over the whole training, and less often",
                    fit=fit.index,
                    epoch=place,
                )
                return

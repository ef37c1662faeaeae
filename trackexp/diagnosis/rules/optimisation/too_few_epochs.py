"""A training that ended while it was still falling steeply, after a handful of updates.

## How it is detected
Every planned epoch has been run, two or more, with fewer than 100 updates in all; the training loss fell by more than
5 % in the last one, and the validation loss, where there is one, was at its lowest. Batches of a quarter of the rows
or more are `batch-too-large`. It is **info** where the training may be short by design: fewer than 200 rows, the size
of a smoke test; weights that were trained before, as in fine-tuning; another `fit` of the same run that comes after it;
a schedule whose rate has all but run out; and where it has arrived already: a loss below a fifth of the best
constant's, an accuracy of 95 % or more, or a last fall of less than a third of the average one or 2 % of the constant's
loss. More than 100 updates are never named: many a good training stops while it still falls a little. On runs without
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

from trackexp.diagnosis.evidence.curves import Values, constant_of, curve_of, is_complete, loss_of
from trackexp.diagnosis.evidence.losses import ACCURACIES
from trackexp.diagnosis.evidence.plain_runs import aligned_losses
from trackexp.diagnosis.evidence.schedules import rate_share
from trackexp.diagnosis.fit import Fit, fits_of
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, MetricFacts, RunRecord, Severity, State


@dataclass(frozen=True)
class TooFewEpochs(FitRule):
    """Stopped on the way down.

    Args:
        max_updates: Fewer than this in all are a handful.
        min_last_drop: Least relative fall of the loss in the last epoch.
        min_rows: Fewer rows than this are a smoke test.
        max_validations: Without facts, at most this many.
        min_loss_ratio: Below this share of the best constant's loss a training has arrived.
        max_accuracy: At this training accuracy it has arrived too.
        min_pace_ratio: Least fall in the last epoch, as a share of the average one.
        min_fall_of_constant: Least fall in the last epoch, as a share of the best constant's loss.
    """

    code = "TX804"
    name = "too-few-epochs"
    severity = Severity.WARNING
    requires = ("fit.batches", "fit.epochs", "data.rows")

    max_updates: int = 100
    min_last_drop: float = 0.05
    min_rows: int = 200
    max_validations: int = 20
    min_loss_ratio: float = 0.2
    max_accuracy: float = 0.95
    min_pace_ratio: float = 1 / 3
    min_fall_of_constant: float = 0.02

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
                severity=Severity.INFO if rows < self.min_rows or self._by_design(fit) or self._arrived(fit) else None,
            )

    def _by_design(self, fit: Fit) -> bool:
        """Tell whether a short training was meant: fine-tuning, a first phase, a schedule that has run out."""
        schedule = (fit.facts.get("compile", {}).get("optimizer") or {}).get("schedule") or {}
        later = fit.index < max((other.index for other in fits_of(fit.record)), default=fit.index)
        trained_before = (fit.facts.get("model", {}).get("changed_weights") or 0.0) >= 0.5
        share = rate_share(schedule, max(0, (fit.updates or 1) - 1)) if schedule else None
        return later or trained_before or (share is not None and share < 0.1)

    def _arrived(self, fit: Fit) -> bool:
        """Tell whether the loss has little left to fall, or falls by little."""
        values, constant = loss_of(fit), constant_of(fit)
        names = [metric.get("name") for head in fit.heads() for metric in head.metrics if _counts(metric)]
        accuracy = curve_of(fit, f"train/{names[0]}") if names else np.zeros(0)
        fall, average = float(values[-2] - values[-1]), float(values[0] - values[-1]) / (len(values) - 1)
        low = constant is not None and (
            values[-1] < self.min_loss_ratio * constant or fall < self.min_fall_of_constant * constant
        )
        return (
            low or (bool(len(accuracy)) and accuracy[-1] >= self.max_accuracy) or fall < self.min_pace_ratio * average
        )


def _counts(metric: MetricFacts) -> bool:
    return metric.get("identifier") in ACCURACIES

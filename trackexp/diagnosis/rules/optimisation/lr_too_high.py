"""A learning rate that throws the weights about.

## How it is detected
The rate is at least Keras's default for the optimizer (the number alone is no evidence), and the curve confirms it.
Either the training loss is not finite in some epoch while inputs and targets are, and the loss function is one
for all probabilities. Inputs or targets of another scale explain the same at a usual rate, below ten times the default:
then `inputs-not-normalized` and `targets-not-scaled` speak, and from there on the finding names both. Or, with one
output and in a complete training, the first epoch's loss is at least 3 times that of a fresh model, which predicts 0 or
gives every class the same share, and the last one still not below 98 % of the best constant's: it was thrown far off,
and did not come back. On runs without facts it is **info**: a positive loss of 5 values or more that never fell below
its first and ends ten times above it; or a loss of NaN where the config names the optimizer and a rate of ten times its
default, the factor by which rates are usually tried.

## Why it matters
A step longer than the curvature allows climbs: weights grow until relus die, sigmoids saturate or numbers overflow.

## What to do
Divide the rate by 10 until the loss falls, or clip the gradient's norm.

## References
- Goodfellow, Bengio and Courville, Deep Learning (2016), section 11.4.1.
- Stack Overflow 48934338 and 37624102.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import MIN_EPOCHS, Values, constant_of, is_complete, loss_of
from trackexp.diagnosis.evidence.graph import scales_its_inputs
from trackexp.diagnosis.evidence.inputs import unscaled
from trackexp.diagnosis.evidence.losses import REGRESSION
from trackexp.diagnosis.evidence.plain_runs import DEFAULT_RATES, plain_curve, rate_words, times_default_rate
from trackexp.diagnosis.evidence.probes import probes_of
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, RunRecord, Severity

# The limits of inputs-not-normalized and targets-not-scaled.
_LARGE, _UNEVEN, _LARGE_TARGET = 20.0, 100.0, 100.0


@dataclass(frozen=True)
class LrTooHigh(FitRule):
    """Steps that are too long.

    Args:
        min_initial_ratio: How many times the loss of a fresh model the first epoch's loss must be.
        min_final_ratio: Below this share of the constant's loss it has come back.
        min_climb_ratio: Without facts, how many times its first value the last loss must be.
        min_default_ratio: How many times its optimizer's default the rate must be, where the inputs or targets are of
            another scale, which explains it too; without facts, for a loss of NaN.
    """

    code = "TX801"
    name = "lr-too-high"
    severity = Severity.ERROR
    explains = ("nan-in-loss", "inputs-not-normalized", "targets-not-scaled", "dead-relu", "saturated-activation",
                "exploding-gradient", "vanishing-gradient", "underfitting-capacity")  # fmt: skip
    requires = ("compile.optimizer.learning_rate",)

    min_initial_ratio: float = 3.0
    min_final_ratio: float = 0.98
    min_climb_ratio: float = 10.0
    min_default_ratio: float = 10.0

    def examine(self, record: RunRecord) -> Iterator[Finding | NotApplicable]:
        """Check every fit by its facts; a run without any by its curve alone."""
        series = None if record.facts else plain_curve(record, "train/loss")
        if series is None:
            yield from super().examine(record)
        elif seen := self._on_its_curve(record, series.values):
            yield self.finding(
                f"{rate_words(record)}{seen}",
                "try a tenth of the learning rate, and again until the loss falls",
                epoch=len(series) - 1,
                severity=Severity.INFO,
            )

    def _on_its_curve(self, record: RunRecord, values: Values) -> str:
        if self._climbs(values):
            return f"the loss rose from {values[0]:.4g} to {values[-1]:.4g}, and never fell below its first value"
        times = times_default_rate(record)
        bad = np.flatnonzero(~np.isfinite(values))
        if times is None or times < self.min_default_ratio or not len(bad):
            return ""
        return f"that is {times:.3g} times Keras's default, and the loss is {values[bad[0]]:g} at value {bad[0]}"

    def _climbs(self, values: Values) -> bool:
        known = len(values) >= MIN_EPOCHS and bool(np.isfinite(values).all())
        return known and values[0] > 0 and values.min() >= values[0] and values[-1] >= self.min_climb_ratio * values[0]

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the curve shows it."""
        optimizer, values = fit.facts["compile"]["optimizer"] or {}, loss_of(fit)
        rate, name = optimizer.get("learning_rate") or 0.0, optimizer.get("identifier", "")
        if not len(values):
            yield NotApplicable(f"fit {fit.index}: no training loss, or that of several fits")
            return
        if name not in DEFAULT_RATES or rate < DEFAULT_RATES[name]:
            return
        finite = fit.data_are_finite and not probes_of(fit).get("custom_loss", {}).get("overflows")
        heads, seen = list(fit.heads()), ""
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad) and finite:
            seen = f"the loss is {values[bad[0]]:g} in epoch {bad[0]}, and the data are finite"
        elif len(heads) == 1 and not len(bad) and is_complete(fit):
            seen = self._thrown(heads[0], values, constant_of(fit))
        if seen and (scale := _scales(fit)) and rate < self.min_default_ratio * DEFAULT_RATES[name]:
            yield NotApplicable(f"fit {fit.index}: {seen}; but {scale}, which explains it at a usual rate")
        elif seen:
            yield self.finding(
                f"{name} with learning rate {rate:g}: {seen}",
                f"try {rate / 10:g}, and again a tenth until the loss falls"
                + (f"; {scale}: if a lower rate does not help, scale them first" if scale else ""),
                fit=fit.index,
                epoch=int(bad[0]) if len(bad) else 0,
            )

    def _thrown(self, head: Head, values: Values, constant: float | None) -> str:
        if not constant or len(values) < 2:  # targets that are one constant leave a loss of 0, and any loss is above it
            return ""
        mean, classes = head.target.get("mean") or 0.0, len(head.target.get("class_counts") or {})
        start = constant + mean**2 if head.loss_name == "mean_squared_error" else math.log(max(2, classes))
        if values[0] < self.min_initial_ratio * start or values[-1] < self.min_final_ratio * constant:
            return ""
        return (
            f"the loss is {values[0]:.4g} in the first epoch and {values[-1]:.4g} in the last, "
            f"a constant has {constant:.4g}"
        )


def _scales(fit: Fit) -> str:
    """Return, in words, that inputs or targets are of a scale that makes a usual rate too high; "" where not."""
    for array in fit.inputs if scales_its_inputs(fit) is False else ():
        if seen := unscaled(array, _LARGE, _UNEVEN):
            return seen
    for head in fit.heads():
        mean, std = head.target.get("mean") or 0.0, head.target.get("std") or 0.0
        if head.activation == "linear" and head.loss_name in REGRESSION and max(std, abs(mean)) > _LARGE_TARGET:
            return f"the targets have mean {mean:.4g} and standard deviation {std:.4g}"
    return ""

"""A learning rate with which nothing moves.

## How it is detected
In a complete training of 5 epochs or more with one output, the loss falls in nearly every epoch, or no layer's
weights have moved by 1 % over all looks; it falls by less than 5 % in all, and ends above 90 % of the best constant's
loss; and the rate is below a thirtieth of Keras's default for the optimizer: half an order of magnitude beyond the
tenth by which rates are usually tried. Fine-tuning begins below the constant's loss, and passes; noise does not fall
so steadily. On runs without facts it is **info**: a plateau from the start, 10 values or more within 1 % of the
first, unless the config says that the rate is its optimizer's default or more.

## Why it matters
The training goes the right way, and would take a hundred times the epochs.

## What to do
Multiply the rate by 10 until the loss falls quickly.

## References
- Smith, Cyclical Learning Rates for Training Neural Networks, WACV 2017: the range test.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import Values, constant_of, is_complete, loss_of
from trackexp.diagnosis.evidence.losses import PROBABILITY
from trackexp.diagnosis.evidence.plain_runs import (
    DEFAULT_RATES,
    loss_in_config,
    plain_curve,
    rate_words,
    times_default_rate,
)
from trackexp.diagnosis.evidence.probes import column
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.remedies import Remedy
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, RunRecord, Severity


@dataclass(frozen=True)
class LrTooLow(FitRule):
    """Steps that are too short.

    Args:
        min_epochs: Least number of epochs.
        max_loss_drop: The loss falls by less than this share in all.
        min_loss_ratio: It ends above this share of the constant's loss.
        max_default_ratio: Below this share of the optimizer's default a rate is small.
        min_plateau_values: Least number of values, without facts.
        max_weight_change: Below this share of a layer's weights, over all looks, they have not moved to speak of.
        max_plateau_change: Within this share of the first value they are a plateau.
    """

    code = "TX802"
    name = "lr-too-low"
    severity = Severity.WARNING
    requires = ("compile.optimizer.learning_rate",)

    min_epochs: int = 5
    max_loss_drop: float = 0.05
    min_loss_ratio: float = 0.9
    max_default_ratio: float = 1 / 30
    min_plateau_values: int = 10
    max_plateau_change: float = 0.01
    max_weight_change: float = 0.01

    def examine(self, record: RunRecord) -> Iterator[Finding | NotApplicable]:
        """Check every fit by its facts; a run without any by its curve alone."""
        series = None if record.facts else plain_curve(record, "train/loss")
        if series is None:
            yield from super().examine(record)
        elif self._is_flat(series.values) and (times_default_rate(record) or 0.0) < 1:
            yield self.finding(
                f"{rate_words(record)}the loss is {series.values[-1]:.4g} after {len(series)} values, and was "
                f"{series.values[0]:.4g} at the first: nothing was learnt{_guessing(record, series.values)}",
                "try ten times the learning rate; if that changes nothing, look at the labels and at what is trainable",
                epoch=len(series) - 1,
                severity=Severity.INFO,
            )

    def _is_flat(self, values: Values) -> bool:
        known = len(values) >= self.min_plateau_values and bool(np.isfinite(values).all()) and values[0] > 0
        return known and bool((np.abs(values - values[0]) <= self.max_plateau_change * values[0]).all())

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for a loss that crawls down."""
        optimizer, values, constant = fit.facts["compile"]["optimizer"] or {}, loss_of(fit), constant_of(fit)
        if constant is None or not is_complete(fit):
            yield NotApplicable(f"fit {fit.index}: no complete training whose loss can be compared with a constant's")
            return
        rate, usual = optimizer.get("learning_rate") or 0.0, DEFAULT_RATES.get(optimizer.get("identifier", ""), 0.0)
        if len(values) < self.min_epochs or not np.isfinite(values).all() or rate >= self.max_default_ratio * usual:
            return
        steady, still = float((np.diff(values) < 0).mean()) >= 0.9, self._is_still(fit)
        if (steady or still) and values[-1] > max((1 - self.max_loss_drop) * values[0], self.min_loss_ratio * constant):
            yield self.finding(
                f"{optimizer.get('identifier')} with learning rate {rate:g}: the loss "
                f"{'fell steadily' if steady else 'went'} from "
                f"{values[0]:.4g} to {values[-1]:.4g} in {len(values)} epochs, a constant has {constant:.4g}",
                f"try {rate * 10:g}, and again ten times until the loss falls quickly",
                fit=fit.index,
                epoch=len(values) - 1,
            )

    def remedy(self, fit: Fit) -> Remedy | None:
        """Return a hundred times the rate: the two steps that the fix advises."""
        rate = (fit.facts["compile"].get("optimizer") or {}).get("learning_rate")
        return Remedy("rate", 100.0, f"learning rate {rate * 100:g}") if rate else None

    def _is_still(self, fit: Fit) -> bool:
        """Tell whether no layer's weights have moved to speak of: then the loss only wanders with the batches."""
        changes = column(fit, "weight_change")
        return bool(len(changes) > 1 and np.nansum(changes[1:], axis=0).max() < self.max_weight_change)


def _guessing(record: RunRecord, values: Values) -> str:
    """Return, in words, among how many classes the loss is that of a guess; "" where that cannot be told.

    Up to 20 classes the logarithms lie further apart than the plateau is wide.
    """
    classes = round(math.exp(min(values[-1], 10.0)))
    near = 2 <= classes <= 20 and abs(values[-1] - math.log(classes)) <= 0.005 * values[-1]
    return (
        f" (a guess among {classes} has {math.log(classes):.4g})"
        if near and loss_in_config(record) in PROBABILITY
        else ""
    )

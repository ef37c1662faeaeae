"""Targets far from what a fresh linear output predicts.

## How it is detected
A squared or absolute error meets a linear output without Rescaling whose bias starts at 0, and the targets' mean is
more than 100 standard deviations from 0, or their standard deviation above 100: the limits of the catalogue of faults.
With few epochs left to it many a training still gets there, so this alone is **info**. It is a warning when
the complete training confirms it: with the mean squared error, the last loss is no number or not below 95 % of the
targets' variance, which a constant would reach.

## Why it matters
The bias has to travel to the mean in steps of the learning rate; until it is there, everything else learns noise.

## What to do
Standardise the targets, or set `bias_initializer=keras.initializers.Constant(mean)`.

## References
- LeCun, Bottou, Orr and Müller, Efficient BackProp (1998), section 4.5.
- Karpathy, A Recipe for Training Neural Networks (2019): "init well".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.curves import constant_of, never_learnt
from trackexp.diagnosis.evidence.losses import REGRESSION
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class TargetsNotScaled(HeadRule):
    """Targets of another order than a fresh output.

    Args:
        min_mean_in_stds: Largest accepted distance of the mean from 0, in standard deviations.
        min_std: Largest accepted standard deviation.
        min_loss_ratio: The training confirms it when its loss stays above this share of the variance.
    """

    code = "TX502"
    name = "targets-not-scaled"
    severity = Severity.WARNING
    losses = REGRESSION
    needs = ("activation", "target.mean", "target.std")

    min_mean_in_stds: float = 100.0
    min_std: float = 100.0
    min_loss_ratio: float = 0.95

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield info for the targets alone, a warning where the training confirms it."""
        mean, std = head.target.get("mean") or 0.0, head.target.get("std") or 0.0
        far = std > 0 and abs(mean) > self.min_mean_in_stds * std
        made_by = next((layer for layer in fit.layers if layer["name"] == head.output.get("head")), None)
        if head.activation != "linear" or head.output.get("scales") or not (far or std > self.min_std):
            return
        if made_by is not None and "bias_initializer" in made_by.get("config", {}):
            return
        confirmed = "" if head.label else never_learnt(fit, constant_of(fit), self.min_loss_ratio)
        yield self.finding(
            f"the targets{head.where} have mean {mean:.4g} and standard deviation {std:.4g}, and the output starts "
            "near 0" + (f"; {confirmed}" if confirmed else ""),
            "standardise the targets, or start the output at their mean with bias_initializer",
            fit=fit.index,
            severity=None if confirmed else Severity.INFO,
        )

"""Inputs whose values are large, or whose features lie orders of magnitude apart, and no layer that scales them.

## How it is detected
An input array has a 99th percentile of absolute values above 20, or the standard deviations of its features are more
than 100 times apart, and what meets it first is a weight layer or recurrent layer: no Rescaling, Normalization,
BatchNormalization or Embedding. Values that are only 0 and 1 pass, and so do uneven features none of which varies more
than standardised ones do, such as pixels between 0 and 1. As many nets learn anyway (Adam, trees of relus,
raw pixels in a CNN), this alone is **info**. It is a warning when the complete training confirms it: the last loss is
no number, or not below 95 % of the loss of the best constant prediction (5 % is what noise may do to a mean over an
epoch). Both limits on the inputs are those of the catalogue of faults.

## Why it matters
The curvature of the loss grows with the square of the inputs: the same rate is too high for one weight and too low for
another, and sigmoids saturate at once.

## What to do
Subtract the mean and divide by the standard deviation, put `keras.layers.Normalization` first, or divide pixels by 255.

## References
- LeCun, Bottou, Orr and Müller, Efficient BackProp (1998), section 4.3.
- Stack Overflow 55328966.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.curves import constant_of, never_learnt
from trackexp.diagnosis.evidence.graph import scales_its_inputs
from trackexp.diagnosis.evidence.inputs import unscaled
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.remedies import Remedy
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class InputsNotNormalized(FitRule):
    """Large or uneven inputs that meet a weight layer as they are.

    Args:
        min_abs_percentile_99: Largest accepted 99th percentile of absolute values.
        min_std_ratio: Largest accepted ratio of two features' standard deviations.
        min_loss_ratio: The training confirms it when its loss stays above this share of the constant's.
    """

    code = "TX501"
    name = "inputs-not-normalized"
    severity = Severity.WARNING
    advice = Remedy("inputs", "", "standardised inputs")
    requires = ("data.inputs", "model.layers")

    min_abs_percentile_99: float = 20.0
    min_std_ratio: float = 100.0
    min_loss_ratio: float = 0.95

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield info for the inputs alone, a warning where the training confirms it."""
        scaled = scales_its_inputs(fit)
        if scaled is None:
            yield NotApplicable(f"fit {fit.index}: what the model does to its inputs first cannot be seen")
        if scaled is not False:
            return
        confirmed = never_learnt(fit, constant_of(fit), self.min_loss_ratio)
        for array in fit.facts["data"]["inputs"]:
            if seen := unscaled(array, self.min_abs_percentile_99, self.min_std_ratio):
                yield self.finding(
                    f"{seen}, and no layer scales them" + (f"; {confirmed}" if confirmed else ""),
                    "standardise them, put keras.layers.Normalization first, or divide pixels by 255",
                    fit=fit.index,
                    severity=None if confirmed else Severity.INFO,
                )
                return

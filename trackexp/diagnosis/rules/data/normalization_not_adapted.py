"""A Normalization layer that was never adapted.

## How it is detected
A Normalization layer was given no mean and variance, and its statistics are those it was built with: mean 0, variance
1. It passes its inputs on unchanged. Where the inputs that were seen are standardised already (99th percentile of
absolute values at most 20, standard deviations at most 100 times apart: the limits of `inputs-not-normalized`) it is
**info**: then the layer is idle, and does no harm.

## Why it matters
The model looks as if it scaled its inputs, and does not. Large features saturate the next layer, or make the loss jump
as a learning rate that is too high would.

## What to do
Call `layer.adapt(x_train)` before the model is trained, on training rows only.

## References
- Keras documentation, Normalization: https://keras.io/api/layers/preprocessing_layers/numerical/normalization/
- keras-team/keras issue 16296.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.inputs import unscaled
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class NormalizationNotAdapted(FitRule):
    """A scale of one.

    Args:
        min_abs_percentile_99: Least 99th percentile of the inputs' absolute values that needs scaling.
        min_std_ratio: Least ratio of two features' standard deviations that needs scaling.
    """

    code = "TX514"
    name = "normalization-not-adapted"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("lr-too-high", "inputs-not-normalized", "nan-in-loss", "exploding-gradient", "saturated-activation",
                "dead-relu", "overfitting", "underfitting-capacity", "vanishing-gradient")  # fmt: skip
    requires = ("model.layers",)

    min_abs_percentile_99: float = 20.0
    min_std_ratio: float = 100.0

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for every layer that scales by 1."""
        idle = [layer["name"] for layer in fit.layers if layer.get("adapted") is False]
        if not idle:
            if any(layer.get("layer") == "Normalization" and "adapted" not in layer for layer in fit.layers):
                yield NotApplicable(f"fit {fit.index}: whether the Normalization layers were adapted was not seen")
            return
        seen = [unscaled(array, self.min_abs_percentile_99, self.min_std_ratio) for array in fit.inputs]
        harm = next(filter(None, seen), "")
        yield self.finding(
            f"{', '.join(map(repr, idle[:3]))} {'was' if len(idle) == 1 else 'were'} never adapted, and "
            f"{'passes' if len(idle) == 1 else 'pass'} the inputs on unchanged{f': {harm}' if harm else ''}",
            f"call {idle[0]}.adapt(x_train) before fit, on training rows only",
            fit=fit.index,
            severity=None if harm or not any(fit.inputs) else Severity.INFO,
        )

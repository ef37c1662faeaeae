"""Dropout that leaves next to nothing.

## How it is detected
A Dropout layer that is not the first has a rate of 0.9 or more and leaves, on average, fewer than 32 of its features.
With more left a high rate is the published practice of very wide layers; on inputs, as in denoising and NLP, it is
another thing, and both pass. A rate from 0.8 is **info** by the same measure: 0.2 to 0.5 is the range of the paper.

## Why it matters
Each step trains a handful of units on the noise of the rest: training is slow, and its loss far above what inference
would show.

## What to do
Take a rate between 0.2 and 0.5.

## References
- Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting, JMLR 15 (2014), section A.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.graph import WEIGHTED
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class DropoutTooHigh(FitRule):
    """Almost every unit is dropped.

    Args:
        min_warning_rate: From this rate on it is a warning.
        min_info_rate: From this rate on it is info.
        max_kept_features: Enough features that are left on average.
    """

    code = "TX003"
    name = "dropout-too-high"
    severity = Severity.WARNING
    requires = ("model.layers",)

    min_warning_rate: float = 0.9
    min_info_rate: float = 0.8
    max_kept_features: int = 32

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for a rate that leaves too little."""
        layers = {layer["name"]: layer for layer in fit.layers}
        for layer in fit.layers:
            rate = layer.get("config", {}).get("rate")
            if layer.get("layer") != "Dropout" or not isinstance(rate, int | float) or rate < self.min_info_rate:
                continue
            fed = [layers[name] for name in layer.get("inputs", []) if name in layers]
            hidden = any(one.get("layer") not in ("InputLayer", "Embedding") for one in fed)
            behind = any(one.get("layer") in WEIGHTED for one in fit.layers[: fit.layers.index(layer)])
            if not (hidden and behind):
                continue
            features = (layer.get("output_shape") or [None])[-1] or 0
            if features * (1 - rate) < self.max_kept_features:
                yield self.finding(
                    f"{layer['name']!r} drops {rate:.0%} of {features} features",
                    "take a rate between 0.2 and 0.5",
                    fit=fit.index,
                    severity=None if rate >= self.min_warning_rate else Severity.INFO,
                )
                return

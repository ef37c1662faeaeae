"""A softmax inside the model, whose only use is another weight layer.

## How it is detected
In a model that is one chain of layers, a dense or convolutional layer before the last one, or a Softmax layer there,
applies a softmax over two or more units, and a dense or convolutional layer with a bias takes the result. Attention
weights and mixture gates are multiplied in, and so no chain; a lookup without bias (soft assignment to a codebook)
passes.

## Why it matters
The units compete for one unit of signal, and each passes on less the more there are: the layer is a bottleneck, and
its gradient is small.

## What to do
Use relu inside, and a softmax at the end only.

## References
- Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2.3.
- Stack Overflow 37588632: softmax in every layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.graph import WEIGHTED, chain
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class SoftmaxHidden(FitRule):
    """Probabilities as hidden features.

    Args:
        min_units: Least number of units.
    """

    code = "TX306"
    name = "softmax-hidden"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    requires = ("model.layers",)

    min_units: int = 2

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where a weight layer follows a softmax."""
        row = chain(fit)
        if row is None:
            yield NotApplicable(f"fit {fit.index}: the model is no single chain of layers")
            return
        for place, layer in enumerate(row):
            softmax = layer.get("activation") == "softmax" and layer.get("layer") in WEIGHTED | {
                "Softmax",
                "Activation",
            }
            after = next((later for later in row[place + 1 :] if later.get("layer") in WEIGHTED), None)
            size = (layer.get("output_shape") or [layer.get("units")])[-1] or 0
            if (
                softmax
                and after is not None
                and size >= self.min_units
                and after.get("config", {}).get("use_bias", True)
            ):
                yield self.finding(
                    f"{layer['name']!r} applies a softmax inside the model, before {after['name']!r}",
                    'use activation="relu" inside, and a softmax at the end only',
                    fit=fit.index,
                )
                return

"""Pixels that are scaled twice.

## How it is detected
Images (rows of rank 3, all values of one sign) either reach the model with a largest value of at most 1.05 / 255, the
mark of a second division by 255; or they lie between 0 and 1 already and the first layer is a Rescaling by 1/100 or
less. 5 % leave room for rounding and interpolation. Inputs that are 0 throughout are `constant-inputs`.

## Why it matters
All pixels are black to the model: weights would have to grow 255 times before they see anything, and a pretrained
network sees nothing at all.

## What to do
Scale once: in the data or in the model.

## References
- Keras documentation, EfficientNet: the model scales, and expects 0 to 255.
  https://keras.io/api/applications/efficientnet/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.graph import first_layers
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class DoubleScaling(FitRule):
    """Images darker than one division by 255 can make them.

    Args:
        max_peak_ratio: How far above 1/255 the largest value may lie, as a factor.
        max_rescaling: A Rescaling by this or less is meant for 0 to 255.
    """

    code = "TX507"
    name = "double-scaling"
    severity = Severity.WARNING
    requires = ("data.inputs",)

    max_peak_ratio: float = 1.05
    max_rescaling: float = 0.01

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for images that end up near 0."""
        rescalings = [
            layer["config"]["scale"]
            for layer in first_layers(fit)
            if layer.get("layer") == "Rescaling" and isinstance(layer.get("config", {}).get("scale"), int | float)
        ]
        for array in fit.facts["data"]["inputs"]:
            high, low = array.get("maximum"), array.get("minimum")
            if high is None or low is None or low < 0 or high <= 0 or len(array.get("shape", [])) != 4:
                continue
            if high <= self.max_peak_ratio / 255 and array.get("kind") == "float":
                seen = f"the largest value of the images is {high:.3g}, 1/255 of what one division leaves"
            elif high <= 1 and rescalings and 0 < rescalings[0] <= self.max_rescaling:
                seen = (
                    f"the images lie between {low:g} and {high:g}, and the model rescales them by {rescalings[0]:.3g}"
                )
            else:
                continue
            yield self.finding(seen, "scale once: in the data or in the model", fit=fit.index)

"""Batch normalisation over a handful of values.

## How it is detected
A trainable BatchNormalization layer, and batches of arrays that give each of its features at most 4 values: the batch
size times the positions of a feature map. Large maps in small batches, frozen layers and other normalisations pass.

## Why it matters
Mean and variance of two values are noise; of one, the variance is 0 and the output constant. At inference the moving
averages are used, and the model is another one.

## What to do
Use larger batches, or LayerNormalization or GroupNormalization.

## References
- Wu and He, Group Normalization, ECCV 2018: the error rises below 8 images a batch.
- Ioffe, Batch Renormalization, NIPS 2017.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class BatchnormTinyBatch(FitRule):
    """Statistics of almost nothing.

    Args:
        max_values_per_feature: Largest number of values a feature that is too few.
    """

    code = "TX006"
    name = "batchnorm-tiny-batch"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    requires = ("model.layers", "fit.batch_size")

    max_values_per_feature: int = 4

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for the first normalisation over too few values."""
        size = fit.facts["fit"]["batch_size"] or 0
        for layer in fit.layers:
            shape = layer.get("output_shape")
            if layer.get("layer") != "BatchNormalization" or not layer.get("trainable", True) or not shape:
                continue
            if None in shape[1:-1]:
                yield NotApplicable(f"fit {fit.index}: the size of the maps at {layer['name']!r} is not known")
                continue
            values = size * prod(int(n or 0) for n in shape[1:-1])
            if values <= self.max_values_per_feature:
                yield self.finding(
                    f"{layer['name']!r} takes mean and variance of {values} values a feature (batch_size={size})",
                    "use larger batches, or LayerNormalization or GroupNormalization",
                    fit=fit.index,
                )
                return

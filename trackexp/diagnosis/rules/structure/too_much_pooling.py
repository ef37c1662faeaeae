"""Images pooled down to a single pixel of few channels.

## How it is detected
A local pooling layer leaves a map of 1 x 1 from one that was larger, the images are at least 4 x 4, and the features
that are left (the channels) are fewer than the classes, in a model of one chain that ends in a softmax. Global
pooling, which is meant to do so, and deep nets whose last map is one pixel of hundreds of channels (VGG on 32 x 32),
pass.

## Why it matters
Fewer features than classes cannot hold them apart, and where in the image something is has been lost long before.

## What to do
Pool less, or with smaller windows, or use more channels.

## References
- Nikanjam et al., NeuraLint: Automatic Fault Detection for Deep Learning Programs, TOSEM 2021.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from trackexp.diagnosis.evidence.graph import chain
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity

_POOLING = frozenset(f"{kind}Pooling{n}D" for kind in ("Max", "Average") for n in (1, 2, 3))


@dataclass(frozen=True)
class TooMuchPooling(FitRule):
    """Nothing left of the image.

    Args:
        min_image_side: Least size of an image.
    """

    code = "TX052"
    name = "too-much-pooling"
    severity = Severity.WARNING
    explains = ("bottleneck",)
    requires = ("model.layers", "model.outputs")

    min_image_side: int = 4

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where pooling leaves fewer features than classes."""
        row, output = chain(fit), fit.facts["model"]["outputs"][0]
        shapes = [layer.get("output_shape") for layer in row or []]
        if row is None or any(shape is None or None in shape[1:] for shape in shapes):
            yield NotApplicable(f"fit {fit.index}: the model is no single chain of known shapes")
            return
        for before, layer, shape in zip(shapes, row[1:], shapes[1:], strict=False):
            if layer.get("layer") not in _POOLING or not before or not shape or not shapes[0]:
                continue
            spatial, earlier = [int(n or 0) for n in shape[1:-1]], [int(n or 0) for n in before[1:-1]]
            first = [int(n or 0) for n in shapes[0][1:-1]]
            few = prod(int(n or 0) for n in shape[1:]) < (output.get("units") or 0)
            if prod(spatial) == 1 < prod(earlier) and min(first, default=0) >= self.min_image_side and few:
                yield self.finding(
                    f"{layer['name']!r} pools {first} down to {spatial} and leaves {shape[-1]} features for "
                    f"{output.get('units')} classes",
                    "pool less, or with smaller windows, or use more channels",
                    fit=fit.index,
                )
                return

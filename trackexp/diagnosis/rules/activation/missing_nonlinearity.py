"""Several weight layers, and nothing nonlinear anywhere in the model.

## How it is detected
The model is one chain of known layers in which nothing but the last activation is nonlinear (max pooling and recurrent
layers are), two or more dense or convolutional layers follow each other, and at least one of them is no bottleneck: it
has as many units as its input or the next layer has. A low-rank pair (fewer units than both neighbours), as in PCA or
matrix factorisation, passes; so do branches, merges and layers that are not Keras's own.

## Why it matters
A chain of linear layers is one linear layer: all those weights can do no more than the last one alone.

## What to do
Give the hidden layers an activation, such as `activation="relu"`.

## References
- Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.1.
- Nikanjam et al., NeuraLint: Automatic Fault Detection for Deep Learning Programs, TOSEM 2021.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from trackexp.diagnosis.evidence.graph import WEIGHTED, chain
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, LayerFacts, Severity

_LINEAR = frozenset(
    {
        "InputLayer", "Dropout", "Flatten", "Reshape", "Permute", "BatchNormalization", "Rescaling", "Normalization",
        "ZeroPadding1D", "ZeroPadding2D", "Cropping2D", "UpSampling2D", "Identity", "SpatialDropout1D",
        "SpatialDropout2D", *(f"{kind}AveragePooling{n}D" for kind in ("", "Global") for n in (1, 2, 3)),
    }
)  # fmt: skip


@dataclass(frozen=True)
class MissingNonlinearity(FitRule):
    """A deep model that is a linear one.

    Args:
        min_linear_layers: Least number of linear weight layers before the last one.
    """

    code = "TX308"
    name = "missing-nonlinearity"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    requires = ("model.layers",)

    min_linear_layers: int = 1

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for a chain that is linear throughout."""
        row = chain(fit)
        if row is None:
            yield NotApplicable(f"fit {fit.index}: the model is no single chain of layers")
            return
        weighted = [layer for layer in row if layer.get("layer") in WEIGHTED]
        if len(weighted) <= self.min_linear_layers:
            return
        tail = row.index(weighted[-1])
        hidden = [layer for layer in row[:tail] if layer.get("layer") not in _LINEAR]
        if any(layer.get("layer") not in WEIGHTED or layer.get("activation") != "linear" for layer in hidden):
            return
        wide = [one for one, after in pairwise(weighted) if _is_wide(one, after)]
        if wide:
            names = ", ".join(repr(layer["name"]) for layer in weighted[:-1])
            yield self.finding(
                f"{len(weighted)} weight layers and nothing nonlinear between them: {names} have no activation",
                'give the hidden layers an activation, such as activation="relu"',
                fit=fit.index,
            )


def _is_wide(layer: LayerFacts, after: LayerFacts) -> bool:
    """Tell whether a layer is as wide as its input or the next one; a convolution always counts."""
    units, use_bias = layer.get("units") or 0, layer.get("config", {}).get("use_bias", True)
    if layer.get("layer") != "Dense":
        return True
    fan_in = (layer.get("parameters", 0) - units * bool(use_bias)) // max(1, units)
    return units >= min(fan_in, after.get("units") or 0)

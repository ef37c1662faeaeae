"""Kernels that begin at zero, and stay there or stay alike.

## How it is detected
From the initializers of dense and convolutional layers: a hidden kernel is zero and so is the next weight layer's; or
it is zero before a relu with a bias of zero, whose slope at 0 is 0. A zero kernel in the last layer, in one layer
alone, or at the end of a residual branch is broken up by the others, and passes.

## Why it matters
All units of the layer get the same gradient, or none: it never becomes more than one unit.

## What to do
Leave Keras's default, `glorot_uniform`; zeros are for biases.

## References
- Goodfellow, Bengio and Courville, Deep Learning (2016), section 8.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.graph import WEIGHTED, consumers
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, LayerFacts, Severity


@dataclass(frozen=True)
class ZeroInit(FitRule):
    """Weights of zero."""

    code = "TX906"
    name = "zero-init"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    explains = ("inputs-not-normalized", "lr-too-low", "lr-too-high", "dead-relu", "vanishing-gradient",
                "underfitting-capacity", "too-few-epochs")  # fmt: skip
    requires = ("model.layers",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for the first kernel of zeros that stays what it is."""
        for layer in fit.layers:
            if not _is_zero(layer) or not layer.get("trainable", True):
                continue
            after = [one for one in consumers(fit, layer["name"]) if one.get("layer") in WEIGHTED]
            both = bool(after) and all(_is_zero(one) for one in after) and (layer.get("units") or 0) >= 2
            if both or (layer.get("activation") == "relu" and "bias_initializer" not in layer.get("config", {})):
                others = f" and {after[0]['name']!r} have kernels" if both else " has a kernel"
                effect = "all units stay alike" if both else "relu has no slope there"
                yield self.finding(
                    f"{layer['name']!r}{others} of zeros: {effect}",
                    'use kernel_initializer="glorot_uniform"; zeros are for biases',
                    fit=fit.index,
                )
                return


def _is_zero(layer: LayerFacts) -> bool:
    described = layer.get("config", {}).get("kernel_initializer")
    name = described.get("identifier") if isinstance(described, dict) else described
    constant = isinstance(described, dict) and name == "constant" and not described.get("value", 0.0)
    return layer.get("layer") in WEIGHTED and (name == "zeros" or constant)

"""Initial weights that saturate the units, keep them alike, or keep them silent.

## How it is detected
Three forms, all from the initializers of dense and convolutional layers. *Alike*: a hidden kernel of two or more units
is constant, and so is the next weight layer's: the units get the same gradient for ever. (A zero kernel in one layer
alone is broken up by the next one, and passes: zero-initialised residual branches and heads.) *Large*: a random kernel
whose standard deviation times √fan_in is above 10, where 1 keeps the variance; none of the usual schemes is above √2.
A normalisation right behind the layer undoes it, and passes. *Silent*: a relu with a constant bias of -5 or less:
with inputs of unit variance 3 rows in 10 million pass it.

## Why it matters
Units that are alike are one unit; saturated and silent ones have no gradient.

## What to do
Leave Keras's default, `glorot_uniform`, or take `he_normal` before relu; keep biases at 0.

## References
- Glorot and Bengio, Understanding the Difficulty of Training Deep Feedforward Neural Networks, AISTATS 2010.
- He et al., Delving Deep into Rectifiers, ICCV 2015.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trackexp.diagnosis.evidence.graph import WEIGHTED, consumers
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, LayerFacts, Severity

_CONSTANT = frozenset({"constant", "zeros", "ones"})  # two of zeros alone are zero-init


@dataclass(frozen=True)
class BadInit(FitRule):
    """Weights that begin where nothing can be learnt.

    Args:
        min_gain: Largest accepted standard deviation times √fan_in.
        max_bias: A relu with a constant bias of this or less never fires.
    """

    code = "TX905"
    name = "bad-init"
    severity = Severity.WARNING
    explains = ("inputs-not-normalized", "lr-too-high", "dead-relu", "saturated-activation", "vanishing-gradient",
                "exploding-gradient", "underfitting-capacity")  # fmt: skip
    requires = ("model.layers",)

    min_gain: float = 10.0
    max_bias: float = -5.0

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for the first layer of each form."""
        for looks in (self._alike, self._large, self._silent):
            for layer in fit.layers:
                seen = looks(fit, layer) if layer.get("layer") in WEIGHTED and layer.get("trainable", True) else ""
                if seen:
                    yield self.finding(
                        f"{layer['name']!r} {seen}",
                        'use kernel_initializer="glorot_uniform" (or "he_normal" before relu) and biases of 0',
                        fit=fit.index,
                    )
                    break

    def _alike(self, fit: Fit, layer: LayerFacts) -> str:
        after = [one for one in consumers(fit, layer["name"]) if one.get("layer") in WEIGHTED]
        constant = _kind(layer, "kernel_initializer") in _CONSTANT and (layer.get("units") or 0) >= 2
        kinds = {_kind(one, "kernel_initializer") for one in after}
        if not constant or not after or not kinds <= _CONSTANT:
            return ""
        if kinds == {"zeros"} == {_kind(layer, "kernel_initializer")}:
            return ""
        return f"and {after[0]['name']!r} have constant kernels: all units stay alike"

    def _large(self, fit: Fit, layer: LayerFacts) -> str:
        deviation = _argument(layer, "kernel_initializer", "stddev")
        if deviation is None and _kind(layer, "kernel_initializer") == "random_uniform":
            high = _argument(layer, "kernel_initializer", "maxval")
            deviation = None if high is None else high / math.sqrt(3)
        units = layer.get("units") or 0
        if deviation is None or not units or "Transpose" in layer.get("layer", ""):
            return ""
        normalised = any("Normalization" in one.get("layer", "") for one in consumers(fit, layer["name"]))
        if normalised:
            return ""
        biases = units * bool(layer.get("config", {}).get("use_bias", True))
        fan_in = (layer.get("parameters", 0) - biases) / units
        gain = deviation * math.sqrt(max(0.0, fan_in))
        return (
            f"begins with weights {gain:.3g} times too large (stddev {deviation:g}, fan-in {fan_in:g})"
            if gain > self.min_gain
            else ""
        )

    def _silent(self, _: Fit, layer: LayerFacts) -> str:
        value = _argument(layer, "bias_initializer", "value")
        relu = layer.get("activation") == "relu"
        return (
            f"begins with biases of {value:g} before a relu"
            if relu and value is not None and value <= self.max_bias
            else ""
        )


def _kind(layer: LayerFacts, name: str) -> str:
    described = layer.get("config", {}).get(name)
    return str(described.get("identifier", "")) if isinstance(described, dict) else str(described or "")


def _argument(layer: LayerFacts, name: str, argument: str) -> float | None:
    described: Any = layer.get("config", {}).get(name)
    value = described.get(argument) if isinstance(described, dict) else None
    return float(value) if isinstance(value, int | float) else None

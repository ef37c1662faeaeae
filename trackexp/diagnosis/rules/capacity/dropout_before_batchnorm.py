"""Dropout right before batch normalisation.

## How it is detected
A Dropout of rate 0.1 or more (below, the variance changes by less than an eighth) feeds a trainable
BatchNormalization directly or through an activation. With a weight layer in between, the usual block of dense,
normalisation, activation and dropout, it passes; so do spatial dropout and frozen normalisations. It is **info**: the
paper measured a loss of accuracy, and many such nets train well.

## Why it matters
In training the normalisation sees the variance that dropout adds; its moving average keeps it, and at inference, where
nothing is dropped, the outputs are scaled by the wrong number.

## What to do
Put the dropout behind the last normalisation.

## References
- Li, Chen, Hu and Yang, Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift,
  CVPR 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.graph import consumers
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class DropoutBeforeBatchnorm(FitRule):
    """A variance that inference does not have.

    Args:
        min_rate: Least rate of the dropout.
    """

    code = "TX005"
    name = "dropout-before-batchnorm"
    severity = Severity.INFO
    requires = ("model.layers",)

    min_rate: float = 0.1

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a remark for every normalisation right behind a dropout."""
        for layer in fit.layers:
            if layer.get("layer") != "Dropout" or (layer.get("config", {}).get("rate") or 0) < self.min_rate:
                continue
            after = consumers(fit, layer["name"])
            behind = [
                two
                for one in after
                if one.get("layer") in ("Activation", "ReLU")
                for two in consumers(fit, one["name"])
            ]
            for one in (*after, *behind):
                if one.get("layer") == "BatchNormalization" and one.get("trainable", True):
                    yield self.finding(
                        f"{layer['name']!r} (rate {layer['config']['rate']:g}) comes right before {one['name']!r}",
                        "put the dropout behind the last normalisation",
                        fit=fit.index,
                    )

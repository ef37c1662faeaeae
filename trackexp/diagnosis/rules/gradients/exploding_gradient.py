"""Gradients and weights that grow without bound.

## How it is detected
Some layer's weights are ten times as large as before the first update, and of an rms above 0.5, which LeCun's
initializer gives four inputs (a fresh Embedding has 0.03, and may well grow ten times); or the norm of the gradient on
the fixed batch is above 1,000 and has grown ten times since the first look. And by the end of the training, or as soon
as its loss is not finite, it has failed: the loss is above 90 % of the best constant's, or the outputs are no
better than a constant. Weights that begin at or near 0, and networks that learn something, pass.

## Why it matters
Each step undoes more than the one before: the loss jumps, and ends as inf or NaN.

## What to do
Clip the gradient's norm (`clipnorm=1.0`), lower the learning rate, standardise inputs and targets.

## References
- Pascanu, Mikolov and Bengio, On the Difficulty of Training Recurrent Neural Networks, ICML 2013.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.probes import column, probes_of, unlearnt
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class ExplodingGradient(FitRule):
    """Growth without bound.

    Args:
        min_growth: Least growth of a layer's weights since the beginning, and of the gradient since the first look.
        min_gradient_norm: Least norm of such a gradient.
        min_initial_rms: A layer that begins below this rms may grow as it likes.
        min_rms: Weights below this rms have not run away.
    """

    code = "TX901"
    name = "exploding-gradient"
    severity = Severity.WARNING
    explains = ("underfitting-capacity", "targets-not-scaled", "inputs-not-normalized")
    requires = ("probes.layers",)

    min_growth: float = 10.0
    min_gradient_norm: float = 1e3
    min_initial_rms: float = 1e-2
    min_rms: float = 0.5

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where weights or gradients have run away."""
        seen = self._weights(fit) or self._gradient(fit)
        failed = unlearnt(fit, rivals=False) if seen else ""
        if failed:
            yield self.finding(
                f"{seen}; {failed}",
                "clip the gradient (clipnorm=1.0), lower the learning rate, standardise inputs and targets",
                fit=fit.index,
            )

    def _weights(self, fit: Fit) -> str:
        scales, start = column(fit, "weight_scale"), np.array(probes_of(fit).get("initial_scale", []), dtype=np.float64)
        if not len(scales) or len(start) != scales.shape[1]:
            return ""
        with np.errstate(all="ignore"):
            largest = np.where(np.isfinite(scales), scales, 0.0).max(axis=0)
            grown = np.where((start >= self.min_initial_rms) & (largest >= self.min_rms), largest / start, 0)
        place = int(np.nan_to_num(grown).argmax())
        if not grown[place] >= self.min_growth:
            return ""
        return f"the weights of {probes_of(fit).get('names', [])[place]!r} have grown {grown[place]:.3g} times"

    def _gradient(self, fit: Fit) -> str:
        norms = [norm for norm in probes_of(fit).get("scalars", {}).get("gradient", []) if norm is not None]
        if len(norms) < 2 or norms[-1] < self.min_gradient_norm or norms[-1] < self.min_growth * norms[0]:
            return ""
        return f"the gradient's norm has grown from {norms[0]:.3g} to {norms[-1]:.3g}"

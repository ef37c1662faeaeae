"""A gradient that is all but gone when it reaches the first layer.

## How it is detected
On the fixed batch the gradient of the first layer with weights is less than 0.0001 of the last one's, both as norm per
√weight, in three consecutive probes; neither is frozen; and the training has failed by its end: its loss is not finite
or above 90 % of the best constant's, the outputs are no better than a constant, or small models beat them. The ratio
and the three looks are those of the catalogue of faults. Residual networks whose branches begin at 0, and deep ones
that learn, pass.

## Why it matters
The first layers stay random: what they lose cannot be learnt behind them.

## What to do
Use relu and `he_normal`, residual connections or normalisation, in place of a deep stack of sigmoids.

## References
- Hochreiter, The Vanishing Gradient Problem, 1998.
- Amazon SageMaker Debugger, VanishingGradient: the mean gradient below 1e-7.
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
class VanishingGradient(FitRule):
    """First layers without a gradient.

    Args:
        max_gradient_ratio: Less than this share of the last layer's gradient reaches the first.
        min_probes: Number of consecutive probes that must agree.
    """

    code = "TX902"
    name = "vanishing-gradient"
    severity = Severity.WARNING
    explains = ("underfitting-capacity",)
    requires = ("probes.layers",)

    max_gradient_ratio: float = 1e-4
    min_probes: int = 3

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the first layer gets next to nothing."""
        values, names = column(fit, "gradient"), probes_of(fit).get("names", [])
        if len(values) < self.min_probes:
            yield NotApplicable(f"fit {fit.index}: fewer than {self.min_probes} looks at gradients")
            return
        recent = values[-self.min_probes :]
        seen = np.flatnonzero(np.isfinite(recent).all(axis=0))
        if len(seen) < 3:
            return
        first, last = recent[:, seen[0]], recent[:, seen[-1]]
        failed = unlearnt(fit) if (last > 0).all() and (first < self.max_gradient_ratio * last).all() else ""
        if failed:
            share = float(first[-1] / last[-1])
            yield self.finding(
                f"the gradient of {names[seen[0]]!r} is {share:.1g} of that of {names[seen[-1]]!r}, "
                f"in {self.min_probes} consecutive probes; {failed}",
                "use relu with he_normal, residual connections or normalisation",
                fit=fit.index,
            )

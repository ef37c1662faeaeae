"""A trainable layer that the loss does not depend on.

## How it is detected
The layer takes part in the forward pass, none of its trainable weights has a gradient of the loss, the weights that
are followed have not changed in two consecutive probes, and it feeds a layer that does learn: something between the two
lets no gradient through. Where the graph is not known (a `call` of the user's own) it is **info**. Heads without a
loss, layers that are not called, and models with a training step of their own pass.

## Why it matters
The layer stays as random as it began, and nothing but a warning in the log says so.

## What to do
Look for `stop_gradient`, `argmax`, `round`, a comparison, or a detour over numpy behind the layer; where the layer is
meant to stay as it is, set `trainable = False`.

## References
- Keras and TensorFlow: "Gradients do not exist for variables … when minimizing the loss".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.probes import column, feeds_trained, probes_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class GradientBlocked(FitRule):
    """Weights out of reach."""

    code = "TX904"
    name = "gradient-blocked"
    severity = Severity.WARNING
    explains = ("underfitting-capacity", "vanishing-gradient")
    requires = ("probes.layers",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for the first layer that is cut off."""
        if fit.own_step:
            yield NotApplicable(f"fit {fit.index}: the model computes its loss in a step of its own")
            return
        probes, changes, means = probes_of(fit), column(fit, "weight_change"), column(fit, "mean")
        if len(changes) < 2 or not len(column(fit, "gradient")):
            yield NotApplicable(f"fit {fit.index}: fewer than two probes of weights and gradients")
            return
        names = probes.get("names", [])
        for name in probes.get("without_gradient", []):
            place = names.index(name)
            called = len(means) and np.isfinite(means[-1, place])
            feeds = feeds_trained(fit, name)
            if called and (changes[-2:, place] == 0).all() and feeds is not False:
                yield self.finding(
                    f"the loss does not depend on the trainable weights of {name!r}, and they do not change",
                    "look for stop_gradient, argmax, round or a comparison behind the layer",
                    fit=fit.index,
                    severity=None if feeds else Severity.INFO,
                )
                return

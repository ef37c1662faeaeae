"""Losses of several outputs that lie orders of magnitude apart.

## How it is detected
For every output the loss of the best constant is computed from its targets (variance for the mean squared error,
entropy for the crossentropies) and multiplied by its `loss_weights`. The largest is more than 10,000 times the
smallest. An output whose loss has no such value is left out; two must remain. The number is that of the catalogue of
faults: four orders of magnitude are beyond what a shared optimizer, whose steps follow the sum, can make up for.

## Why it matters
The total is the largest loss alone. The other outputs get a gradient that is lost in the noise of the first one's.

## What to do
Scale the targets, or pass `loss_weights` that bring the losses to one scale.

## References
- Kendall, Gal and Cipolla, Multi-Task Learning Using Uncertainty to Weigh Losses, CVPR 2018.
- Keras documentation of `Model.compile`: https://keras.io/api/models/model_training_apis/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import constant_loss
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class LossScaleImbalance(FitRule):
    """One output's loss drowns another's.

    Args:
        min_loss_ratio: Largest accepted ratio of two weighted losses.
    """

    code = "TX112"
    name = "loss-scale-imbalance"
    severity = Severity.WARNING
    explains = ("targets-not-scaled",)
    requires = ("compile.losses", "data.targets")

    min_loss_ratio: float = 1e4

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the weighted losses are too far apart."""
        if fit.own_step:
            yield NotApplicable(f"fit {fit.index}: the model computes its loss in a step of its own")
            return
        scales = {}
        for head in fit.heads():
            weight, constant = head.loss.get("weight"), constant_loss(head)
            if constant is not None and constant * (1.0 if weight is None else weight) > 0:
                scales[head.label] = constant * (1.0 if weight is None else weight)
        if len(scales) < 2:
            yield NotApplicable(f"fit {fit.index}: the scale of two losses is not known")
            return
        large, small = max(scales, key=lambda key: scales[key]), min(scales, key=lambda key: scales[key])
        if scales[large] > self.min_loss_ratio * scales[small]:
            yield self.finding(
                f"the loss of output {large!r} is about {scales[large]:.3g}, that of {small!r} about "
                f"{scales[small]:.3g}, for constant predictions and with the loss weights applied",
                f"scale the targets of {large!r}, or pass loss_weights that bring the losses to one scale",
                fit=fit.index,
            )

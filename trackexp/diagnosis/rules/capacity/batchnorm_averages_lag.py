"""Moving averages of batch normalisation that have not caught up.

## How it is detected
The model has trainable BatchNormalization layers, and at the end of the training their moving averages still hold
more than 5 % of the mean 0 and variance 1 that they started with (momentum ** updates). On the fixed batch of training
rows the loss in inference mode is at least 1.5 times the training loss of the same epoch and 5 % of the best constant's
above it: the same weights, the same rows, other statistics.

## Why it matters
In training each batch is normalised by its own statistics, at inference by the moving averages. While these lag,
training looks fine and validation does not, even on training rows. That looks like overfitting, and is not.

## What to do
Lower the momentum (0.9 or 0.8 for short trainings), train for more updates, or use smaller batches.

## References
- Ioffe and Szegedy, Batch Normalization, ICML 2015.
- tensorflow/tensorflow issue 36446, keras-team/keras issue 12851.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import constant_of, has_ended, loss_of
from trackexp.diagnosis.evidence.graph import averages_left
from trackexp.diagnosis.evidence.probes import inference_loss, last, probes_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class BatchnormAveragesLag(FitRule):
    """One model in training, another at inference.

    Args:
        min_initial_share: Least share of the initial statistics that is left in the moving averages.
        min_loss_ratio: Least loss in inference mode, as a multiple of the training loss.
        min_loss_gap: Least difference of the two, as a share of the best constant's loss.
    """

    code = "TX009"
    name = "batchnorm-averages-lag"
    severity = Severity.WARNING
    explains = ("overfitting", "val-distribution-shift", "underfitting-capacity", "augmentation-label-mismatch",
                "too-few-epochs", "batch-too-large", "inputs-not-normalized")  # fmt: skip
    requires = ("probes.scalars.loss", "model.layers", "fit.batches")

    min_initial_share: float = 0.05
    min_loss_ratio: float = 1.5
    min_loss_gap: float = 0.05

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where inference mode is behind."""
        if not averages_left(fit, 0):
            return
        if not has_ended(fit):
            yield NotApplicable(f"fit {fit.index}: the training has not ended, and the averages are catching up")
            return
        values, batches = loss_of(fit), fit.facts["fit"]["batches"] or 0
        inference, epochs = inference_loss(fit), probes_of(fit).get("epochs", [])
        if inference is None or not epochs or not 0 <= epochs[-1] < len(values) or fit.own_step:
            yield NotApplicable(f"fit {fit.index}: no probe of the loss in inference mode")
            return
        training = float(values[epochs[-1]])
        left = averages_left(fit, batches * (epochs[-1] + 1))
        constant = constant_of(fit)
        gap = self.min_loss_gap * (constant if constant is not None else max(abs(training), 1e-3))
        lags = left >= self.min_initial_share and np.isfinite(training) and training > 0
        if lags and inference >= self.min_loss_ratio * training and inference - training >= gap:
            right = last(fit, "score")
            told = "" if right is None else f" ({right:.0%} of its own training rows are right in inference mode)"
            yield self.finding(
                f"after {batches * (epochs[-1] + 1):,} updates the moving averages of batch normalisation still hold "
                f"{left:.0%} of their initial values: the loss on training rows is {inference:.4g} in inference mode, "
                f"{training:.4g} in training{told if _scores_classes(fit) else ''}",
                "lower the momentum (0.9 or 0.8), or train for more updates; more regularisation will not help",
                fit=fit.index,
                epoch=epochs[-1],
            )


def _scores_classes(fit: Fit) -> bool:
    heads = list(fit.heads())
    return len(heads) == 1 and bool(heads[0].target.get("class_counts"))

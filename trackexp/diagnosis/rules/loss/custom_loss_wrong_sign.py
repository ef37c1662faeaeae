"""A custom loss that falls faster and faster, without bound.

## How it is detected
Under a loss of the user's own that ends 5 epochs or more below 0, in one of three ways. *Running away*: it is below
-1000 and a thousand times the size of its first value, and still gathering speed: the last epoch's fall is at least
twice that of the epoch in the middle. A log-likelihood or a cosine levels off, and a critic's distance grows at a
steady pace: they pass. The thousands are three orders of magnitude, more than an honest loss changes on data of one
scale. *Minus the squares*: over a linear output the loss is minus the mean squared error in three consecutive probes.
With as many outputs as targets that vary five times as much as the targets or more that can be told from their mean and
spread alone, by Cauchy and Schwarz: E(y - p)² lies within 1 ± (2 σ(y) / σ(p) + σ(y)² / σ(p)²) times the outputs' mean
square about the targets' mean; a critic's distance, which grows as σ(p), does not. *The opposite*: in a complete
training whose output ends in a sigmoid or softmax the loss has fallen below -1, which no likelihood of classes and no
overlap does, and the accuracy on the training rows is less than half the share of the rarest class. Always answering
that class would be right more often.

## Why it matters
A sign is wrong: the optimizer makes the error as large as it can.

## What to do
Return what ought to be small; for a score, its negative.

## References
- Humbatova et al., Taxonomy of Real Faults in Deep Learning Systems, ICSE 2020: wrong loss function.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import Values, curve_of, is_complete, loss_of
from trackexp.diagnosis.evidence.losses import ACCURACIES
from trackexp.diagnosis.evidence.probes import column, probes_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class CustomLossWrongSign(FitRule):
    """An error that is made as large as possible.

    Args:
        min_epochs: Least number of epochs.
        min_loss_size: Least size of the negative loss, and least growth over its first value.
        min_speedup: Least ratio of the last epoch's fall to that in the middle.
        min_spread_ratio: Least spread of the outputs, as a multiple of the targets', where the loss is minus the
            squared error.
        min_probes: Number of consecutive probes that must agree.
        max_loss: Over probabilities, a loss above this may be an overlap or a score.
        max_accuracy_ratio: Least share of the rarest class's share, where an accuracy is not that of the opposite.
    """

    code = "TX110"
    name = "custom-loss-wrong-sign"
    severity = Severity.WARNING
    explains = ("lr-too-high",)
    requires = ("compile.losses",)

    min_epochs: int = 5
    min_loss_size: float = 1000.0
    min_speedup: float = 2.0
    min_spread_ratio: float = 5.0
    min_probes: int = 3
    max_loss: float = -1.0
    max_accuracy_ratio: float = 0.5

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for a loss that runs away downwards."""
        values = loss_of(fit)
        if len(values) < self.min_epochs or not np.isfinite(values).all():
            yield NotApplicable(f"fit {fit.index}: no finite training loss over {self.min_epochs} epochs")
            return
        custom = any(loss.get("custom") for loss in fit.facts["compile"]["losses"])
        if custom and (seen := self._runs_away(values) or self._minus_squares(fit) or self._opposite(fit, values)):
            yield self.finding(
                f"the custom loss fell from {values[0]:.4g} to {values[-1]:.4g} in {len(values)} epochs, {seen}",
                "return what ought to be small; for a score, its negative",
                fit=fit.index,
                epoch=len(values) - 1,
            )

    def _runs_away(self, values: Values) -> str:
        falls, last = -np.diff(values), float(values[-1])
        gathering = falls[-1] >= self.min_speedup * falls[len(falls) // 2] > 0
        grown = last < -self.min_loss_size and -last > self.min_loss_size * abs(values[0])
        return "faster and faster" if gathering and grown else ""

    def _minus_squares(self, fit: Fit) -> str:
        heads, probes = list(fit.heads()), probes_of(fit)
        losses, names = probes.get("scalars", {}).get("loss", [])[-self.min_probes :], probes.get("names", [])
        made_by = (heads[0].output.get("head") or "") if len(heads) == 1 else ""
        if made_by not in names or heads[0].activation != "linear" or heads[0].units != heads[0].columns:
            return ""
        place, target = names.index(made_by), heads[0].target
        means, spreads = column(fit, "mean")[-self.min_probes :, place], column(fit, "std")[-self.min_probes :, place]
        mean, spread = target.get("mean"), target.get("std")
        if mean is None or not spread or None in losses or not len(losses) == len(means) == self.min_probes:
            return ""
        if not (spreads >= self.min_spread_ratio * spread).all():  # NaN where it was not seen
            return ""
        if not (np.diff(np.array(losses, dtype=np.float64)) < 0).all():  # a likelihood that has found its scale stays
            return ""
        squares, room = spreads**2 + (means - mean) ** 2, 2 * spread / spreads + (spread / spreads) ** 2
        if not (np.abs(-np.array(losses, dtype=np.float64) / squares - 1) <= room).all():
            return ""
        return (
            f"and is minus the squared error: the outputs vary {spreads[-1] / spread:.3g} times as much as the targets"
        )

    def _opposite(self, fit: Fit, values: Values) -> str:
        heads = list(fit.heads())
        if len(heads) != 1 or heads[0].activation not in ("sigmoid", "softmax") or not is_complete(fit):
            return ""
        counts = list((heads[0].target.get("class_counts") or {}).values())
        counting = [metric.get("name") for metric in heads[0].metrics if metric.get("identifier") in ACCURACIES]
        accuracy = curve_of(fit, f"train/{counting[0]}") if counting else np.zeros(0)
        if len(counts) < 2 or not len(accuracy) or values[-1] >= min(self.max_loss, values[0]):
            return ""
        rarest = min(counts) / sum(counts)
        told = f"and {accuracy[-1]:.1%} of the answers are right: always the rarest class has {rarest:.1%}"
        return told if accuracy[-1] < self.max_accuracy_ratio * rarest else ""

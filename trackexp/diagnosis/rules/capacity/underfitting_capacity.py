"""A model that small ones beat, on its own training rows.

## How it is detected
When a complete training of 5 epochs or more has come to rest, the model is scored on the fixed batch of rows that it
was trained on. Ridge regression or five nearest neighbours, fitted to one half of 1,000 rows and scored on the other,
do better: by 0.1 of the rows and four standard errors, in right answers and in mean recall, or by 0.2 of the variance;
and the model finds less than three quarters of what they find above chance. A model without a hidden layer is held
against ridge regression alone, and so is one that has made fewer than 500 updates, five times the handful of
`too-few-epochs`: the linear part of a problem is learnt first. At rest is a loss that fell by less than 2 % an epoch
over the last three, and less than half as fast as over the whole training, unless it hardly moved at all (by 1 %): ten
epochs of two dozen updates may fall that little and be on their way. It is the finding of last resort: any other alarm
of the same `fit` explains it.

## Why it matters
The rows hold what the model does not find: it is too small, too short of inputs, or kept from learning.

## What to do
Try more units or layers, look at what the inputs lose on their way, and read the learning curve.

## References
- Goodfellow, Bengio and Courville, Deep Learning (2016), sections 5.2 and 11.5.
- Kalimeris et al., SGD on Neural Networks Learns Functions of Increasing Complexity, NeurIPS 2019.
- Cover and Hart, Nearest Neighbor Pattern Classification, 1967.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.curves import Values, loss_of
from trackexp.diagnosis.evidence.probes import at_rest, last, reference_of, shortfall
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, ReferenceFacts, Severity


@dataclass(frozen=True)
class UnderfittingCapacity(FitRule):
    """Less than nearest neighbours know.

    Args:
        max_pace_ratio: At rest the loss falls at less than this share of its average pace …
        max_total_drop: … or fell by less than this share in all.
        min_updates_for_neighbours: In fewer than this only ridge regression is a rival.
        max_found_share: A model that finds this share of what small ones find above chance is large enough.
    """

    code = "TX007"
    name = "underfitting-capacity"
    severity = Severity.WARNING
    last_resort = True
    requires = ("data.reference", "probes.scalars")

    max_pace_ratio: float = 0.5
    max_total_drop: float = 0.01
    min_updates_for_neighbours: int = 500
    max_found_share: float = 0.75

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where small models do better at the end of a training that has come to rest."""
        if fit.own_step or not at_rest(fit) or not self._arrived(loss_of(fit)):
            yield NotApplicable(f"fit {fit.index}: no complete training that has come to rest")
            return
        short = shortfall(
            fit, neighbours=(fit.updates or self.min_updates_for_neighbours) >= self.min_updates_for_neighbours
        )
        if short and self._share_found(fit) < self.max_found_share:
            yield self.finding(
                f"{short}, and the loss has come to rest at {loss_of(fit)[-1]:.4g}",
                "try more units or layers, and look at what the inputs lose on their way through the model",
                fit=fit.index,
                epoch=len(loss_of(fit)) - 1,
            )

    def _arrived(self, values: Values) -> bool:
        pace, average = (values[-4] - values[-1]) / 3, (values[0] - values[-1]) / (len(values) - 1)
        return bool(
            pace < self.max_pace_ratio * average or abs(values[0] - values[-1]) < self.max_total_drop * abs(values[-1])
        )

    def _share_found(self, fit: Fit) -> float:
        reference = reference_of(fit) or ReferenceFacts()
        best = max(reference["linear"], reference["neighbours"])
        return ((last(fit, "score") or 0.0) - reference["chance"]) / max(1e-9, best - reference["chance"])

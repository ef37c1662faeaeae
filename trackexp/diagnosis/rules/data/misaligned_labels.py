"""Targets that belong to other rows.

## How it is detected
Two forms, both on a reference of small models (ridge regression, five nearest neighbours; one half of 1,000 rows for
the other), which find next to nothing in the rows as they stand: less than 0.1 of what is above chance (2.2 standard
errors of the share of right answers, for two equal classes and 500 rows). *Shifted*: with the targets moved by one or
two rows, against inputs that follow one another, they find at least 0.4 more. That proves it. *Unrelated*: in a
complete training of 5 epochs or more on 300 rows or more, the validation loss was never below 98 % of the best
constant's while the training loss fell by a tenth or more: the rows are memorised, and nothing in them helps with
others. Where only small models fail, the problem may be hard, and it passes.

## Why it matters
Rows and targets were shuffled, sorted or cut apart from each other; no model can learn what is not there.

## What to do
Shuffle inputs and targets with one permutation, and look at some rows beside their targets.

## References
- Zhang et al., Understanding Deep Learning Requires Rethinking Generalization, ICLR 2017: random labels are learnt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import constant_of, curve_of, is_complete, loss_of
from trackexp.diagnosis.evidence.probes import reference_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, ReferenceFacts, Severity


@dataclass(frozen=True)
class MisalignedLabels(FitRule):
    """Rows and targets that have come apart.

    Args:
        max_reference_score: Below this share of what is above chance small models find next to nothing.
        min_shift_gain: Least gain of that share by moving the targets.
        min_val_loss_ratio: The validation loss was never below this share of the best constant's.
        min_rows: Least number of training rows.
        min_epochs: Least number of epochs.
        min_train_loss_drop: Least relative fall of the training loss.
    """

    code = "TX510"
    name = "misaligned-labels"
    severity = Severity.WARNING
    explains = ("overfitting", "underfitting-capacity", "inputs-not-normalized", "lr-too-low", "batch-too-small",
                "too-few-epochs")  # fmt: skip
    requires = ("data.reference",)

    max_reference_score: float = 0.1
    min_shift_gain: float = 0.4
    min_val_loss_ratio: float = 0.98
    min_rows: int = 300
    min_epochs: int = 5
    min_train_loss_drop: float = 0.1

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the targets fit other rows, or none."""
        reference = reference_of(fit) or ReferenceFacts()
        best = _above_chance(max(reference["linear"], reference["neighbours"]), reference)
        if best >= self.max_reference_score:
            return
        seen = self._shifted(reference) or self._unrelated(fit, best)
        if seen:
            yield self.finding(
                seen,
                "shuffle inputs and targets with one permutation, and look at rows beside their targets",
                fit=fit.index,
            )

    def _shifted(self, reference: ReferenceFacts) -> str:
        shifted = reference.get("shifted", {})
        if "0" not in shifted:
            return ""
        offset = max(shifted, key=lambda key: shifted[key])
        here, there = (_above_chance(shifted[key], reference) for key in ("0", offset))
        if there - here < self.min_shift_gain or here >= self.max_reference_score:
            return ""
        what = "R²" if reference["kind"] == "values" else "a share of right answers of"
        return (
            f"small models find {what} {shifted['0']:.2f} in the rows as they stand, and {shifted[offset]:.2f} with "
            f"the targets of {abs(int(offset))} row(s) {'further on' if int(offset) > 0 else 'before'}"
        )

    def _unrelated(self, fit: Fit, best: float) -> str:
        values, valid, constant = loss_of(fit), curve_of(fit, "val/loss"), constant_of(fit)
        if constant is None or not is_complete(fit) or len(valid) < self.min_epochs or len(valid) != len(values):
            return ""
        finite = np.isfinite(values).all() and np.isfinite(valid).all()
        rows = fit.facts.get("data", {}).get("rows") or 0
        learnt = values[-1] < (1 - self.min_train_loss_drop) * min(values[0], constant)
        if not finite or rows < self.min_rows or not learnt or valid.min() < self.min_val_loss_ratio * constant:
            return ""
        return (
            f"the validation loss was never below {valid.min():.4g}, where a constant has {constant:.4g}, the training "
            f"loss fell to {values[-1]:.4g}, and small models find {max(0.0, best):.0%} of what is above chance"
        )


def _above_chance(score: float, reference: ReferenceFacts) -> float:
    chance = reference["chance"]
    return (score - chance) / (1 - chance) if chance < 1 else 0.0

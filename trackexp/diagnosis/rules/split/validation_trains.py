"""Updates on the validation data.

## How it is detected
Passes over other data than the first ones make updates too, one for each batch: in evaluation mode where the training
passes are in training mode; or without shuffling and with fewer rows, where the training data are shuffled,
alternating with them. A second training set is shuffled too, and passes.

## Why it matters
The model learns the rows that are to judge it: the validation says nothing any more.

## What to do
Leave `backward` and `step` out where the model is evaluated, under `torch.no_grad()`.

## References
- Kaufman et al., Leakage in Data Mining (2012): https://doi.org/10.1145/2382577.2382579
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import training_passes
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class ValidationTrains(FitRule):
    """A judge that is taught.

    Args:
        min_passes: Least number of such passes.
    """

    code = "TX752"
    name = "validation-trains"
    severity = Severity.ERROR
    explains = ("train-val-leakage", "train-mode-missing")
    requires = ("loop",)

    min_passes: int = 2

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        passes = training_passes(fit)
        ours = [one for one in passes if one.get("training_data", True) and one.get("loader")]
        others = [one for one in passes if not one.get("training_data", True) and one.get("loader")]
        if len(others) < self.min_passes or not ours or abs(len(ours) - len(others)) > 1:
            return
        evaluated = all(one["update_modes"].get("eval", 0) > one["update_modes"].get("train", 0) for one in others)
        trained = all(one["update_modes"].get("train", 0) for one in ours)
        smaller = (others[0].get("rows") or 0) < (ours[0].get("rows") or 0)
        fixed = ours[0].get("shuffle") and not any(one.get("shuffle") for one in others) and smaller
        if (evaluated and trained) or fixed:
            made = sum(one["updates"] for one in others)
            yield self.finding(
                f"{made:,} updates were made on other data than the training's, in {len(others)} passes"
                + (" in evaluation mode" if evaluated and trained else " without shuffling"),
                "leave backward and step out of the evaluation, and run it under torch.no_grad()",
                fit=fit.index,
            )

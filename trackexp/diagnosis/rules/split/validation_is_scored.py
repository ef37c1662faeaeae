"""Validation data that are the rows which the fold is scored on.

## How it is detected
In a fold of a cross-validation, the validation data of the fit have the hash of the rows that the fold is scored on: of
one of the arrays that the training function holds, or of the target. Streams, and arrays that were changed on the way
to `fit`, cannot be told.

## Why it matters
Early stopping and the best model are then chosen by the very rows that are to judge them: the score is the best of many
looks, and further rows will not reach it.

## What to do
Stop early, and choose the best model, by the fold's inner rows: `validation_data=(x[fold.inner], y[fold.inner])`.

## References
- Cawley and Talbot, On Over-fitting in Model Selection and Subsequent Selection Bias in Performance Evaluation, JMLR 11
  (2010).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class ValidationIsScored(FitRule):
    """The scored rows of a fold as validation data."""

    code = "TX715"
    name = "validation-is-scored"
    severity = Severity.WARNING
    requires = ("data.validation_is_scored",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where they are the same rows."""
        data = fit.facts["data"]
        if data["validation_is_scored"]:
            arrays = data.get("validation_inputs") or data.get("validation_targets") or [{}]
            rows = (arrays[0].get("shape") or [None])[0]
            yield self.finding(
                f"the {rows or ''} validation rows of the fit are the rows that its fold is scored on".replace(
                    "  ", " "
                ),
                "validate by the fold's inner rows: validation_data=(x[fold.inner], y[fold.inner])",
                fit=fit.index,
            )

"""Inputs that are the same in every row.

## How it is detected
The model's only input is an array of at least 32 rows of two or more features, and no feature varies in the rows
that were sampled. Single constant columns among others pass (a bag of words has them), and so do models with several
inputs or one feature, where a constant may be a placeholder.

## Why it matters
Rows that do not differ cannot be told apart: the best that can be learnt is the mean of the targets. Integer division
of pixels by 255, or scaling twice, makes them so.

## What to do
Look at the array right before `fit`: divide as float, and scale once.

## References
- Humbatova et al., Taxonomy of Real Faults in Deep Learning Systems, ICSE 2020: wrong preprocessing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class ConstantInputs(FitRule):
    """Nothing to tell rows apart by.

    Args:
        min_rows: Least number of rows that must have been looked at.
        min_features: Least number of values a row.
    """

    code = "TX506"
    name = "constant-inputs"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("double-scaling", "inputs-not-normalized", "val-distribution-shift", "lr-too-high", "lr-too-low")
    requires = ("data.inputs",)

    min_rows: int = 32
    min_features: int = 2

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where no feature of the only input varies."""
        array, *others = fit.facts["data"]["inputs"]
        features, constant = array.get("features"), array.get("constant_features")
        if features is None or constant is None:
            yield NotApplicable(f"fit {fit.index}: the features of the inputs were not looked at")
        elif not others and constant == features >= self.min_features and array.get("sampled_rows", 0) >= self.min_rows:
            low, high = array.get("minimum"), array.get("maximum")
            values = f"every value is {low:g}" if low is not None and low == high else "each has one value"
            yield self.finding(
                f"none of the {features:,} features of the inputs varies over {array.get('sampled_rows', 0):,} rows "
                f"({values})",
                "look at the array right before fit: divide as float, and scale once",
                fit=fit.index,
            )

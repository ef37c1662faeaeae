"""A feature that is the target.

## How it is detected
Of three or more features in a table of inputs, one has an absolute correlation above 0.999 with the target, in at least
100 rows. For 0/1 targets that means a feature of two values, a copy of the label; a feature that merely separates the
classes well (`y = x > 0`, an easy problem) has a lower one and passes. Silent for sequences, for windows of one series
(features of equal spread: in a smooth series the last value is nearly the next), and for reconstructions.

## Why it matters
The model copies the feature. It is perfect on this table, and useless where the answer is not known yet.

## What to do
Drop the feature, and look for others made from the target.

## References
- Kaufman et al., Leakage in Data Mining, ACM TKDD 6 (2012).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class TargetLeakage(FitRule):
    """The answer stands among the questions.

    Args:
        min_correlation: Above it a feature is the target.
        min_features: Least number of features.
        min_rows: Least number of rows.
        min_std_ratio: Features whose spreads differ by less than this factor may be one series.
    """

    code = "TX513"
    name = "target-leakage"
    severity = Severity.WARNING
    requires = ("data.strongest_feature", "data.inputs", "data.targets")

    min_correlation: float = 0.999
    min_features: int = 3
    min_rows: int = 100
    min_std_ratio: float = 1.5

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for a feature that is a copy of the target."""
        data = fit.facts["data"]
        found, array, target = data["strongest_feature"] or {}, data["inputs"][0], data["targets"][0]
        least, most = array.get("feature_std_minimum") or 0.0, array.get("feature_std_maximum") or 0.0
        series = not target.get("zero_one") and most <= self.min_std_ratio * least
        if len(array.get("shape", [])) != 2 or (array.get("features") or 0) < self.min_features or series:
            return
        if fit.is_input(target) or array.get("sampled_rows", 0) < self.min_rows:
            return
        if (strength := found.get("correlation", 0.0)) > self.min_correlation:
            yield self.finding(
                f"feature {found.get('index')} of the inputs has a correlation of {strength:.5f} with the target "
                f"over {array.get('sampled_rows', 0):,} rows",
                "drop the feature, and look for others that are made from the target",
                fit=fit.index,
            )

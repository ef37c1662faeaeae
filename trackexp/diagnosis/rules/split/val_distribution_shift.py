"""Validation inputs from elsewhere than the training inputs.

## How it is detected
Either the median feature has a standard deviation in the validation rows that is more than 10 times, or less than a
tenth of, that in the training rows: another scaling. Or, of three or more features, more than a third have a validation
mean more than one training standard deviation, and more than four standard errors, away. The second kind is **info**
where the rows are ordered by intention: sequences, `shuffle=False`. All four limits are those of the catalogue of
faults: few rows are noisy, hence the standard errors.

## Why it matters
The validation measures another problem than the one that is learnt; most often the same scaling was not applied to
both parts.

## What to do
Fit the scaler on the training rows, and apply it to both; split at random, or say that it is another domain.

## References
- Rabanser, Günnemann and Lipton, Failing Loudly: Detecting Dataset Shift, NeurIPS 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class ValDistributionShift(FitRule):
    """Two parts that do not look alike.

    Args:
        min_scale_ratio: Largest accepted ratio of the spreads, either way.
        min_shifted_share: Largest accepted share of shifted features.
        min_features: Least number of features for the second kind.
    """

    code = "TX702"
    name = "val-distribution-shift"
    severity = Severity.WARNING
    explains = ("overfitting",)
    requires = ("data.validation_scale", "data.shifted_features", "data.inputs")

    min_scale_ratio: float = 10.0
    min_shifted_share: float = 1 / 3
    min_features: int = 3

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for another scale, or for shifted means."""
        data = fit.facts["data"]
        scale, shifted = data["validation_scale"] or 1.0, data["shifted_features"] or 0.0
        array = data["inputs"][0]
        ordered = len(array.get("shape", [])) == 3 or fit.facts.get("fit", {}).get("shuffle") is False
        fix = "fit the scaler on the training rows and apply it to both; split at random"
        if scale > self.min_scale_ratio or scale < 1 / self.min_scale_ratio:
            yield self.finding(
                f"the validation inputs vary {scale:.3g} times as much as the training inputs (median of the features)",
                fix,
                fit=fit.index,
            )
        elif shifted > self.min_shifted_share and (array.get("features") or 0) >= self.min_features:
            yield self.finding(
                f"{shifted:.0%} of the features have a validation mean more than one standard deviation away",
                fix,
                fit=fit.index,
                severity=Severity.INFO if ordered else None,
            )

"""Validation rows that change from epoch to epoch.

## How it is detected
A loader without shuffling that only evaluates gives, in its first batch, the same targets as in the epoch before and
other inputs: a random transform works on it.

## Why it matters
The metric measures another set each time: epochs cannot be compared, and the best one is the luckiest.

## What to do
Give the validation data a dataset of their own, with the deterministic transforms alone.

## References
- PyTorch: [Transforms](https://docs.pytorch.org/vision/stable/transforms.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class AugmentValidation(FitRule):
    """A yardstick that stretches."""

    code = "TX751"
    name = "augment-validation"
    severity = Severity.WARNING
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        if loop_of(fit).get("validation_varies"):
            yield self.finding(
                "the validation rows differ from epoch to epoch under the same targets: a random transform works on "
                "them",
                "give the validation data a dataset without random transforms",
                fit=fit.index,
            )

"""Runs that were not trained on the same data.

## How it is detected
The hashes of the arrays that `fit` was given (dtype, shape, sampled rows) differ between runs; where runs repeat each
other, among runs of the same seed and fold, which may have drawn the split. A stream has no hash that means its data:
the rule then does not apply. That the *validation* data differ is more, and sets a run apart in the verdict.

## Why it matters
A better number may come from more rows, cleaner rows or easier rows, and not from what was changed on purpose.

## What to do
Train again on one version of the data; or, where the data are what was changed, read the comparison as one of data,
validated on the same rows.

## References
- Bouthillier et al., Accounting for Variance in Machine Learning Benchmarks, MLSys 2021: the data are the largest
  source of variance between trainings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.across import AcrossFinding, AcrossRule, Field, Member, names
from trackexp.diagnosis.rule import NotApplicable
from trackexp.record import Confidence, Severity


@dataclass(frozen=True)
class NotTheSameData(AcrossRule):
    """One number from these rows, the other from those."""

    code = "TX951"
    name = "not-the-same-data"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN

    def examine(self, field: Field) -> Iterator[AcrossFinding | NotApplicable]:
        """Yield one finding for the runs that ought to share their data and do not."""
        sets = [[member for member in members if member.trained_on is not None] for members in field.alike()]
        differing = [known for known in sets if len({member.trained_on for member in known}) > 1]
        if not any(len(known) > 1 for known in sets):
            yield NotApplicable("fewer than two runs say by a hash which data they were trained on")
        elif differing:
            first, *others = differing[0]
            second = next(member for member in others if member.trained_on != first.trained_on)
            everyone = [member for known in differing for member in known]
            who = "these two were" if len(everyone) == 2 else f"{names(everyone)} were"
            yield self.finding(
                f"{who} not trained on the same data: {_difference(first, second)}",
                "train them again on one version of the data, or compare them as a change of data",
                everyone,
            )


def _difference(first: Member, second: Member) -> str:
    for name, value in first.data.items():
        other = second.data.get(name)
        if other is not None and other != value:
            return f"{name} {value} in {first.label}, {other} in {second.label}"
    return f"rows of one shape and other contents in {first.label} and {second.label}"

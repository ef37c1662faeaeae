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

from trackexp.diagnosis.across.field import Field, Member, names
from trackexp.diagnosis.across.rule import AcrossFinding, AcrossRule
from trackexp.diagnosis.rule import NotApplicable
from trackexp.record import Severity


@dataclass(frozen=True)
class NotTheSameData(AcrossRule):
    """One number from these rows, the other from those."""

    code = "TX951"
    name = "not-the-same-data"
    severity = Severity.WARNING

    def examine(self, field: Field) -> Iterator[AcrossFinding | NotApplicable]:
        """Yield a finding for each set of runs that ought to share their data and do not."""
        told = False
        for members in field.alike():
            known = [member for member in members if member.trained_on is not None]
            parts: dict[str | None, list[Member]] = {}
            for member in known:
                parts.setdefault(member.trained_on, []).append(member)
            told = told or len(known) > 1
            if len(parts) > 1:
                first, second = list(parts.values())[:2]
                who = "these two were" if len(known) == 2 else f"{names(known)} were"
                yield self.finding(
                    f"{who} not trained on the same data: {_difference(first[0], second[0])}",
                    "train them again on one version of the data, or compare them as a change of data",
                    known,
                )
        if not told:
            yield NotApplicable("fewer than two runs say by a hash which data they were trained on")


def _difference(first: Member, second: Member) -> str:
    for name, value in first.data.items():
        other = second.data.get(name)
        if other is not None and other != value:
            return f"{name} {value} in {first.label}, {other} in {second.label}"
    return f"rows of one shape and other contents in {first.label} and {second.label}"

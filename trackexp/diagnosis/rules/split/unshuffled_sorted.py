"""Rows sorted by class, and `shuffle=False`.

## How it is detected
The targets are classes, `shuffle=False` was passed with arrays, there are several batches an epoch, and in the order
of the rows every class is one single run: as many runs as classes, in at least 50 rows. Shuffled rows of two balanced
classes do so in 2 of 2 ** 50 orders; a time series returns to its classes, and passes. Silent for sequences under a
stateful layer.

## Why it matters
Each batch teaches one class, and the next forgets it: the model ends as an expert for the last one.

## What to do
Drop `shuffle=False`, or permute the rows.

## References
- Bengio, Practical Recommendations for Gradient-Based Training of Deep Architectures (2012), section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class UnshuffledSorted(FitRule):
    """One class after the other.

    Args:
        min_rows: Least number of target rows that must have been looked at.
        min_rows_per_class: Least number of rows a class, on average: fewer may be a sorted quantity.
    """

    code = "TX703"
    name = "unshuffled-sorted"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    requires = ("data.targets", "fit.shuffle")

    min_rows: int = 50
    min_rows_per_class: int = 10

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where every class is one run and stays so."""
        facts, target = fit.facts["fit"], fit.facts["data"]["targets"][0]
        counts, rate, seen = target.get("class_counts"), target.get("change_rate"), target.get("sampled_rows", 0)
        if not counts or rate is None:
            yield NotApplicable(f"fit {fit.index}: the targets are no classes in one column")
            return
        runs = round(rate * (seen - 1)) + 1
        stateful = any(layer.get("config", {}).get("stateful") for layer in fit.layers)
        several = (facts.get("batches") or 2) > 1
        if facts.get("shuffle") or facts.get("source") != "arrays" or stateful or not several:
            return
        if (
            len(counts) >= 2
            and runs == len(counts)
            and seen >= max(self.min_rows, self.min_rows_per_class * len(counts))
        ):
            yield self.finding(
                f"shuffle=False, and the rows are sorted: {len(counts)} classes in {runs} runs over "
                f"{seen:,} target rows",
                "drop shuffle=False, or permute the rows before fit",
                fit=fit.index,
            )

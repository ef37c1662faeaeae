"""More missing values than in the reference.

## How it is detected
The share of missing values of a column is higher than in the reference (Fisher's exact test, p ≤ `max_p` after Holm
over columns) by at least `min_rise`.

## Why it matters
What fills the gaps, a mean or a 0, was chosen for few of them; a source that failed looks like a value.

## What to do
Ask the source of the column; alarm on its gaps there.

## References
- R. J. A. Little and D. B. Rubin, Statistical Analysis with Missing Data, 3rd edition, 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scipy.stats import fisher_exact

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Severity
from trackexp.stats import holm


@dataclass(frozen=True)
class MissingValuesRose(MonitorRule):
    """Gaps.

    Args:
        max_p: Largest p-value, corrected.
        min_rise: Least rise of the share.
    """

    code = "TX963"
    name = "missing-values-rose"
    severity = Severity.WARNING

    max_p: float = 0.001
    min_rise: float = 0.01

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        known = [c for c in window.changes.values() if c.n]
        if not known:
            yield NotApplicable("the log holds no inputs, or the window no rows")
            return
        p_values, rises = [], []
        for change in known:
            column = window.reference.columns[change.name]
            rises.append(change.missing / change.n - column.missing / max(column.n, 1))
            table = [[change.missing, change.n - change.missing], [column.missing, max(column.n, 1) - column.missing]]
            p_values.append(float(fisher_exact(table, "greater").pvalue) if rises[-1] >= self.min_rise else 1.0)
        for change, rise, p_value in zip(known, rises, holm(p_values), strict=True):
            if p_value <= self.max_p:
                yield self.finding(
                    window,
                    f"{change.name}: {change.missing / change.n:.1%} of the values are missing, {rise:.1%} "
                    "more than in the "
                    "reference",
                    "ask the source of the column why",
                    column=change.name, missing=change.missing, p_value=float(p_value),
                )  # fmt: skip

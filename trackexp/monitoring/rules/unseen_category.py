"""Categories that training never saw.

## How it is detected
More rows than chance lets expect (binomial test, p ≤ `max_p` after Holm over columns) have a category that the
reference has not. What chance lets expect is Good and Turing's estimate: the share of the reference's rows whose
category occurs once.

## Why it matters
A model has learnt nothing about such rows; an encoder maps them to nothing, or to a class of their own.

## What to do
Ask where the values come from: a new product, a renamed code, another spelling. Map them, or train on them.

## References
- I. J. Good, The population frequencies of species and the estimation of population parameters, Biometrika 40 (1953).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scipy.stats import binom

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Severity
from trackexp.stats import holm


@dataclass(frozen=True)
class UnseenCategory(MonitorRule):
    """Rows of unknown categories.

    Args:
        max_p: Largest p-value of the test, corrected.
    """

    code = "TX961"
    name = "unseen-category"
    severity = Severity.WARNING

    max_p: float = 0.001

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        known = {n: c for n, c in window.changes.items() if window.reference.columns[n].categories is not None}
        if not known:
            yield NotApplicable("the reference has no column of categories")
            return
        p_values = []
        for name, change in known.items():
            column = window.reference.columns[name]
            rate = min(1.0, (column.singles + 1) / (column.n + 1))
            p_values.append(float(binom.sf(change.unseen - 1, max(change.n, 1), rate)) if change.unseen else 1.0)
        for change, p_value in zip(known.values(), holm(p_values), strict=True):
            if p_value <= self.max_p:
                yield self.finding(
                    window,
                    f"{change.name}: {change.unseen:,} of {change.n:,} rows have a category that the "
                    "reference has not, such "
                    f"as {', '.join(map(repr, change.unseen_names[:3]))}",
                    "map the new categories to known ones, or train on them",
                    column=change.name, rows=change.unseen, p_value=float(p_value),
                )  # fmt: skip
